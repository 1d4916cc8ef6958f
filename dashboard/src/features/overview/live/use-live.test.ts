import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeEventSource } from '@/test/fake-event-source';
import { live } from '@/test/samples';
import { STALE_AFTER_MS } from './live-state';
import { useLive } from './use-live';

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

const last = () => FakeEventSource.all.at(-1) as FakeEventSource;

it('passes on what the server says', () => {
	const onHeard = vi.fn();
	const { result } = renderHook(() => useLive('1', onHeard));
	expect(last().url).toBe('/api/v1/guilds/1/live');
	act(() => last().say(live));
	expect(result.current).toMatchObject({ status: 'live', data: live });
	expect(onHeard).toHaveBeenCalledWith(live);
});

it('lets the browser reconnect, but opens anew when the browser has given up', () => {
	const { result } = renderHook(() => useLive('1', () => undefined));
	act(() => last().say(live));
	act(() => last().fail({ forGood: false }));
	expect(result.current.status).toBe('reconnecting');
	act(() => vi.advanceTimersByTime(10_000));
	expect(FakeEventSource.all).toHaveLength(1);

	act(() => last().fail({ forGood: true }));
	act(() => vi.advanceTimersByTime(10_000));
	expect(FakeEventSource.all).toHaveLength(2);
	act(() => last().say(live));
	expect(result.current.status).toBe('live');
});

it('replaces a connection that died without a word', () => {
	const { result } = renderHook(() => useLive('1', () => undefined));
	act(() => last().say(live));
	act(() => vi.advanceTimersByTime(STALE_AFTER_MS + 10_000));
	expect(result.current.status).toBe('stale');
	expect(FakeEventSource.all).toHaveLength(2);
	expect(FakeEventSource.all[0]?.readyState).toBe(FakeEventSource.CLOSED);
});

it('hangs up when the page goes', () => {
	const { unmount } = renderHook(() => useLive('1', () => undefined));
	unmount();
	expect(last().readyState).toBe(FakeEventSource.CLOSED);
	vi.advanceTimersByTime(120_000);
	expect(FakeEventSource.all).toHaveLength(1);
});
