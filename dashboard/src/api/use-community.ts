/* What a community is beside talk: its sums, and its lists page by page. */
import type { RangeQuery } from '@/lib/view';
import { useFigures } from './use-figures';

const BASE = '/api/v1/guilds/{guild_id}';

export interface ListQuery<Sort extends string> {
	limit: number;
	offset: number;
	sort: Sort;
	q: string;
}

export const useCommunity = (guildId: string, range: RangeQuery) =>
	useFigures(`${BASE}/community`, guildId, range);

const alone = ({ period, from, to }: RangeQuery) => ({ period, from, to });

export const useModeration = (guildId: string, range: RangeQuery, list: ListQuery<'-at' | 'at'>) =>
	useFigures(`${BASE}/moderation`, guildId, { ...alone(range), ...list });

export const useBoosts = (guildId: string, range: RangeQuery, list: ListQuery<'-at' | 'at'>) =>
	useFigures(`${BASE}/boosts`, guildId, { ...alone(range), ...list });

export type CommandSort = '-uses' | 'uses' | 'name' | '-name' | '-members' | 'members';
export const useCommands = (guildId: string, range: RangeQuery, list: ListQuery<CommandSort>) =>
	useFigures(`${BASE}/commands`, guildId, { ...alone(range), ...list });

export type EventSort = '-starts_at' | 'starts_at' | '-interested' | 'interested';
export const useEvents = (guildId: string, range: RangeQuery, list: ListQuery<EventSort>) =>
	useFigures(`${BASE}/events`, guildId, { ...alone(range), ...list });

export type InviteSort = '-joins' | 'joins' | '-uses' | 'uses' | '-created_at' | 'created_at';
export const useInvites = (guildId: string, range: RangeQuery, list: ListQuery<InviteSort>) =>
	useFigures(`${BASE}/invites`, guildId, { ...alone(range), ...list });

export type GameSort = '-players' | 'players' | '-hours' | 'hours' | 'name' | '-name';
export const useGames = (guildId: string, range: RangeQuery, list: ListQuery<GameSort>) =>
	useFigures(`${BASE}/games`, guildId, { ...alone(range), ...list });
