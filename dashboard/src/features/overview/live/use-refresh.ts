/* Live events make figures of a running period stale: they are asked for again, at most once a minute. */
import { useRef } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { Live } from '@/api/types';
import { figuresKey } from '@/api/use-figures';

const AT_MOST_EVERY_MS = 60_000;

export function useRefresh(guildId: string): (data: Live) => void {
	const queries = useQueryClient();
	const last = useRef<{ eventAt: string | null; atMs: number } | null>(null);
	return (data) => {
		const atMs = Date.now();
		if (!last.current) {
			last.current = { eventAt: data.last_event_at, atMs };
			return;
		}
		if (data.last_event_at === last.current.eventAt) return;
		if (document.hidden || atMs - last.current.atMs < AT_MOST_EVERY_MS) return;
		last.current = { eventAt: data.last_event_at, atMs };
		void queries.invalidateQueries({ queryKey: figuresKey(guildId) });
	};
}
