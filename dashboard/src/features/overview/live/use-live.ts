/*
 * The live feed of a guild. The browser reconnects by itself after a broken connection, but
 * gives up after an HTTP error, and does not notice a connection that died in silence: both
 * are opened anew here, later each time.
 */
import { useEffect, useEffectEvent, useReducer } from 'react';
import { buildUrl } from '@/api/client';
import type { Live } from '@/api/types';
import { FIRST_STATE, nextLiveState, STALE_AFTER_MS, type LiveState } from './live-state';

const TICK_MS = 5_000;
const RETRY_MS = 2_000;
const RETRY_MAX_MS = 60_000;

export function useLive(guildId: string, onHeard: (data: Live) => void): LiveState {
	const [state, tell] = useReducer(nextLiveState, FIRST_STATE);
	const heard = useEffectEvent(onHeard);

	useEffect(() => {
		const url = buildUrl('/api/v1/guilds/{guild_id}/live', { guild_id: guildId });
		let source: EventSource;
		let retry: ReturnType<typeof setTimeout> | undefined;
		let retryMs = RETRY_MS;
		let heardAtMs = Date.now();

		const reopen = () => {
			source.close();
			clearTimeout(retry);
			retry = setTimeout(open, retryMs * (0.75 + Math.random() / 2));
			retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
		};
		const onLive = (event: MessageEvent<string>) => {
			const data = JSON.parse(event.data) as Live;
			heardAtMs = Date.now();
			retryMs = RETRY_MS;
			tell({ type: 'heard', atMs: heardAtMs, data });
			heard(data);
		};
		const open = () => {
			source = new EventSource(url);
			source.addEventListener('live', onLive);
			source.addEventListener('error', () => {
				tell({ type: 'lost' });
				if (source.readyState === EventSource.CLOSED) reopen();
			});
		};
		const onTick = () => {
			const atMs = Date.now();
			tell({ type: 'tick', atMs });
			if (source.readyState === EventSource.OPEN && atMs - heardAtMs > STALE_AFTER_MS) {
				heardAtMs = atMs;
				reopen();
			}
		};

		tell({ type: 'started', atMs: heardAtMs });
		open();
		const ticks = setInterval(onTick, TICK_MS);
		return () => {
			clearInterval(ticks);
			clearTimeout(retry);
			source.close();
		};
	}, [guildId]);

	return state;
}
