/* A server the bot has left: until when what it counted lives, and a way to keep it. */
import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { buildUrl, send } from '@/api/client';
import type { GuildCard } from '@/api/types';
import { useMe } from '@/api/use-me';

const DAY_MS = 86_400_000;

export function LeavingNote({ guild }: { guild: GuildCard }) {
	const { t } = useTranslation();
	const queries = useQueryClient();
	const csrf = useMe().data?.csrf_token ?? '';
	const [now] = useState(() => Date.now());
	const url = buildUrl('/api/v1/guilds/{guild_id}/leaving', { guild_id: guild.id });
	const keep = useMutation({
		mutationFn: (days: number | null) => send('PUT', url, csrf, { leave_grace_days: days }),
		onSuccess: () => queries.invalidateQueries({ queryKey: ['guilds'] }),
	});
	const left = guild.deleted_at
		? Math.max(0, Math.ceil((Date.parse(guild.deleted_at) - now) / DAY_MS))
		: null;
	return (
		<span className="ra-guild__leaving">
			<span>
				{left === null ? t('picker.kept') : t('picker.deleted_in', { count: left })}
			</span>
			<button
				type="button"
				className="ra-button"
				disabled={keep.isPending}
				onClick={() => keep.mutate(left === null ? 30 : null)}
			>
				{t(left === null ? 'picker.let_go' : 'picker.keep')}
			</button>
		</span>
	);
}
