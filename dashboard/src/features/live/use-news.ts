/* When the feed says that something happened, what stands beside it is asked for again, every few seconds at most. */
import { useRef } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { Live } from '@/api/types';
import { figuresKey } from '@/api/use-figures';

const AT_MOST_EVERY_MS = 3_000;

export function useNews(guildId: string): (data: Live) => void {
	const queries = useQueryClient();
	const last = useRef<{ eventAt: string | null; atMs: number } | null>(null);
	return (data) => {
		const atMs = Date.now();
		const isNews = last.current && data.last_event_at !== last.current.eventAt;
		if (last.current && (!isNews || atMs - last.current.atMs < AT_MOST_EVERY_MS)) return;
		last.current = { eventAt: data.last_event_at, atMs };
		if (!isNews || document.hidden) return;
		for (const what of ['now', 'voice-now'])
			void queries.invalidateQueries({ queryKey: [...figuresKey(guildId), what] });
	};
}
