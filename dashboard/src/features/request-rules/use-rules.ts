/* The settings of the desk and its rules; after a change both are asked again. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';
import type { components } from '@/api/schema';
import { useMe } from '@/api/use-me';

type Schemas = components['schemas'];
export type Desk = Schemas['Desk'];
export type DeskWish = Schemas['DeskWish'];
export type Rule = Schemas['RequestRule'];
export type RuleWish = Required<Schemas['RequestRuleWish']>;

const GUILD = '/api/v1/guilds/{guild_id}';

export function useDesk(guildId: string) {
	return useQuery({
		queryKey: ['desk', guildId, 'settings'],
		queryFn: ({ signal }) => get(`${GUILD}/desk`, { ids: { guild_id: guildId }, signal }),
	});
}

export function useRules(guildId: string) {
	return useQuery({
		queryKey: ['desk', guildId, 'rules'],
		queryFn: ({ signal }) => get(`${GUILD}/rules`, { ids: { guild_id: guildId }, signal }),
		select: (answer) => answer.rules,
	});
}

interface Change {
	method: 'POST' | 'PUT' | 'DELETE';
	/** behind /guilds/{id} */
	tail: string;
	body?: object;
}

export function useDeskChange(guildId: string) {
	const queries = useQueryClient();
	const me = useMe();
	return useMutation({
		mutationFn: async ({ method, tail, body }: Change) => {
			const url = buildUrl(GUILD, { guild_id: guildId }) + tail;
			await send(method, url, me.data?.csrf_token ?? '', body);
		},
		onSuccess: () => queries.invalidateQueries({ queryKey: ['desk', guildId] }),
	});
}

/** What may be written of a rule. */
export function wishOf(rule: Rule): RuleWish {
	const { name, kind, is_enabled, priority, roles, words, stems, phrases, patterns } = rule;
	const { allowed_channels, denied_channels } = rule;
	return {
		name,
		kind,
		is_enabled,
		priority,
		roles,
		words,
		stems,
		phrases,
		patterns,
		allowed_channels,
		denied_channels,
	};
}
