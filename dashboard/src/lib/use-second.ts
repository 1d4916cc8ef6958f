/*
 * The time, second by second, for the few words that show it: one timer for all of them, and only
 * they are drawn again.
 */
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let nowMs = Date.now();

function tick(): void {
	nowMs = Date.now();
	for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
	if (!listeners.size) {
		nowMs = Date.now();
		timer = setInterval(tick, 1000);
	}
	listeners.add(listener);
	return () => {
		listeners.delete(listener);
		if (!listeners.size) clearInterval(timer);
	};
}

export function useSecond(): number {
	return useSyncExternalStore(subscribe, () => nowMs);
}
