/* The schedule of a guild, and its changes part by part. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';
import type { Minutes, Shift, Target } from '@/api/types';
import { useFigures } from '@/api/use-figures';
import { useMe } from '@/api/use-me';

const BASE = '/api/v1/guilds/{guild_id}/schedule';

const scheduleKey = (guildId: string) => ['guild', guildId, 'schedule'] as const;

export const useSchedule = (guildId: string) =>
	useQuery({
		queryKey: scheduleKey(guildId),
		queryFn: ({ signal }) => get(BASE, { ids: { guild_id: guildId }, signal }),
	});

export type ScheduleChange =
	| { part: 'version'; day: string; hours: { zone: string; week: Minutes } | null }
	| { part: 'holiday'; day: string; holiday: { name?: string; open: Minutes } | null }
	| { part: 'shifts'; user: string; shifts: Shift[] }
	| { part: 'targets'; targets: Target[] };

function requestOf(
	change: ScheduleChange,
): [method: 'PUT' | 'DELETE', path: string, body?: object] {
	switch (change.part) {
		case 'version': {
			const path = `/versions/${change.day}`;
			return change.hours ? ['PUT', path, change.hours] : ['DELETE', path];
		}
		case 'holiday': {
			const path = `/holidays/${change.day}`;
			return change.holiday ? ['PUT', path, change.holiday] : ['DELETE', path];
		}
		case 'shifts':
			return ['PUT', `/shifts/${change.user}`, { shifts: change.shifts }];
		case 'targets':
			return ['PUT', '/targets', { targets: change.targets }];
	}
}

/** What is measured in business time or by targets is measured anew. */
export function useChangeSchedule(guildId: string) {
	const queries = useQueryClient();
	const token = useMe().data?.csrf_token ?? '';
	return useMutation({
		mutationFn: async (change: ScheduleChange) => {
			const [method, path, body] = requestOf(change);
			await send(method, `${buildUrl(BASE, { guild_id: guildId })}${path}`, token, body);
		},
		onSuccess: () => queries.invalidateQueries({ queryKey: ['guild', guildId] }),
	});
}

export const useCover = (guildId: string, period: '28d' | '91d') =>
	useFigures('/api/v1/guilds/{guild_id}/cover', guildId, { period });
