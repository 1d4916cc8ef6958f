/* The figures of the page and, where one is chosen, another guild's beside them, asked of its own endpoint. */
import { useMemo } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import type { Guild } from '@/api/types';
import { figuresKey, useOverview, useTimeseries } from '@/api/use-figures';
import { useGuilds } from '@/api/use-guilds';
import { rangeQuery, type View } from '@/lib/view';
import { overviewWith, sameDays, seriesWith } from './with-data';

/** The name of the other guild; null: none is chosen. */
export function useOtherName(view: View): string | null {
	const { t } = useTranslation();
	const guilds = useGuilds();
	if (!view.with) return null;
	return guilds.data?.find((one) => one.id === view.with)?.name ?? t('compare.unknown');
}

export function useOverviewWith(guild: Guild, view: View) {
	const asked = rangeQuery(view);
	const own = useOverview(guild.id, asked);
	const name = useOtherName(view);
	const query = own.data && sameDays(asked, own.data.range);
	const other = useQuery({
		queryKey: [...figuresKey(view.with), 'with', 'overview', query],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/overview', {
				ids: { guild_id: view.with },
				query,
				signal,
			}),
		enabled: name !== null && !!query && !own.isPlaceholderData,
	});
	const data = useMemo(
		() => (own.data && name !== null ? overviewWith(own.data, other.data) : own.data),
		[own.data, other.data, name],
	);
	return { ...own, data, name, otherError: name === null ? null : other.error };
}

export function useTimeseriesWith(
	guild: Guild,
	view: View,
	metric: 'messages' | 'members' | 'voice',
) {
	const asked = rangeQuery(view);
	const own = useTimeseries(guild.id, asked, metric);
	const name = useOtherName(view);
	const query = own.data && {
		...sameDays(asked, own.data.range),
		metric,
		bucket: own.data.bucket,
	};
	const other = useQuery({
		queryKey: [...figuresKey(view.with), 'with', 'timeseries', query],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/timeseries', {
				ids: { guild_id: view.with },
				query: query ?? { metric },
				signal,
			}),
		enabled: name !== null && !!query && !own.isPlaceholderData,
	});
	const data = useMemo(
		() => (own.data && name !== null ? seriesWith(own.data, other.data, name) : own.data),
		[own.data, other.data, name],
	);
	return { ...own, data };
}
