/*
 * The inbox as it is: read once, then told by the stream what has changed, and read again
 * whenever something may have been missed. A stream the browser gives up is opened anew.
 */
import { useEffect, useEffectEvent, useState } from 'react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get } from '@/api/client';
import type { DeskRequest, Inbox } from '@/api/types';
import { drop, keyOf, merge } from './inbox-model';

const KEY = ['inbox'];
const RETRY_MS = 3_000;
const AGAIN_MS = 60_000; /* a connection that died in silence is not seen */
const ROWS = 500;

export function useInbox(me: string, onNew: (row: DeskRequest) => void) {
	const queries = useQueryClient();
	const [isLive, setLive] = useState(false);
	const [aheadMs, setAhead] = useState(0);
	const inbox = useQuery({
		queryKey: KEY,
		queryFn: async ({ signal }) => {
			const answer = await get('/api/v1/inbox', {
				query: { limit: ROWS, snoozed: 'with', sort: '-age' },
				signal,
			});
			setAhead(Date.parse(answer.now) - Date.now());
			return answer;
		},
		refetchInterval: AGAIN_MS,
	});

	const change = (next: (inbox: Inbox) => Inbox) =>
		queries.setQueryData<Inbox>(KEY, (known) => known && next(known));
	const put = (row: DeskRequest) =>
		change((known) => merge(known, row, me, Date.now() + aheadMs));
	const hear = useEffectEvent((row: DeskRequest) => {
		const known = queries.getQueryData<Inbox>(KEY);
		const isNew = row.state === 'open' && !known?.rows.some((one) => keyOf(one) === keyOf(row));
		put(row);
		if (known && isNew) onNew(row);
	});
	const forget = useEffectEvent((key: string) => change((known) => drop(known, key)));
	const readAgain = useEffectEvent(() => void queries.invalidateQueries({ queryKey: KEY }));

	useEffect(() => {
		let source: EventSource;
		let retry: ReturnType<typeof setTimeout> | undefined;
		const open = () => {
			source = new EventSource(buildUrl('/api/v1/inbox/live'));
			source.addEventListener('anew', () => {
				setLive(true);
				readAgain();
			});
			source.addEventListener('request', (event: MessageEvent<string>) =>
				hear(JSON.parse(event.data) as DeskRequest),
			);
			source.addEventListener('gone', (event: MessageEvent<string>) => {
				const { guild, id } = JSON.parse(event.data) as { guild: string; id: string };
				forget(`${guild}/${id}`);
			});
			source.addEventListener('error', () => {
				setLive(false);
				if (source.readyState !== EventSource.CLOSED) return;
				clearTimeout(retry);
				retry = setTimeout(open, RETRY_MS * (0.75 + Math.random() / 2));
			});
		};
		open();
		return () => {
			clearTimeout(retry);
			source.close();
		};
	}, []);

	return { inbox, isLive, aheadMs, put };
}
