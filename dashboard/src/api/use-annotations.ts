/* The marks on the time line of a guild, and changes to those that people wrote. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { buildUrl, send } from './client';
import type { AnnotationWish } from './types';
import { figuresKey, useFigures } from './use-figures';
import type { RangeQuery } from '@/lib/view';

const PATH = '/api/v1/guilds/{guild_id}/annotations';

export const useAnnotations = (guildId: string, { period, from, to }: RangeQuery) =>
	useFigures(PATH, guildId, { period, from, to });

export interface AnnotationChange {
	/** null: a new one */
	id: string | null;
	/** null: take it away */
	wish: AnnotationWish | null;
}

export function useChangeAnnotation(guildId: string, csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: async ({ id, wish }: AnnotationChange) => {
			const url = buildUrl(id === null ? PATH : `${PATH}/{id}`, {
				guild_id: guildId,
				id: id ?? '',
			});
			const method = id === null ? 'POST' : wish ? 'PATCH' : 'DELETE';
			await send(method, url, csrfToken, wish ?? undefined);
		},
		onSuccess: () => queries.invalidateQueries({ queryKey: [...figuresKey(guildId), PATH] }),
	});
}
