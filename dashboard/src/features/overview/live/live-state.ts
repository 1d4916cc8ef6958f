/*
 * What the page may claim about the live feed.
 *
 *   connecting --heard--> live --lost--> reconnecting --heard--> live
 *        live or reconnecting --nothing for too long--> stale --heard--> live
 */
import type { Live } from '@/api/types';

/** The server speaks at least every 15 s: three silences are one too many. */
export const STALE_AFTER_MS = 45_000;

export type LiveStatus = 'connecting' | 'live' | 'reconnecting' | 'stale';

export interface LiveState {
	status: LiveStatus;
	data: Live | null;
	/** by this browser's clock */
	heardAtMs: number;
}

export type LiveEvent =
	| { type: 'started'; atMs: number }
	| { type: 'heard'; atMs: number; data: Live }
	| { type: 'lost' }
	| { type: 'tick'; atMs: number };

export const FIRST_STATE: LiveState = { status: 'connecting', data: null, heardAtMs: 0 };

export function nextLiveState(state: LiveState, event: LiveEvent): LiveState {
	switch (event.type) {
		case 'started':
			return { ...FIRST_STATE, heardAtMs: event.atMs };
		case 'heard':
			return { status: 'live', data: event.data, heardAtMs: event.atMs };
		case 'lost':
			return state.status === 'live' ? { ...state, status: 'reconnecting' } : state;
		case 'tick':
			return state.status !== 'stale' && event.atMs - state.heardAtMs > STALE_AFTER_MS
				? { ...state, status: 'stale' }
				: state;
	}
}
