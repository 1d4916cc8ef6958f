/* The range in dates, what it is compared with, and how much of it was watched. */
import { useTranslation } from 'react-i18next';
import { useOverview } from '@/api/use-figures';
import { useGuilds } from '@/api/use-guilds';
import type { Guild } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { rangeQuery } from '@/lib/view';
import { zoneOffset } from '@/lib/zone';
import { useView } from '@/lib/use-view';

interface RangeLineProps {
	guild: Guild;
	hasCompare: boolean;
}

export function RangeLine({ guild, hasCompare }: RangeLineProps) {
	const { t, i18n } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const { data } = useOverview(guild.id, rangeQuery(view));
	const other = useGuilds().data?.find((one) => one.id === view.with);
	if (!data) return <p className="ra-range">&nbsp;</p>;

	const { range, compare_range: compared } = data;
	const offset = zoneOffset(range.timezone, i18n.language, Date.parse(range.to));
	const firstMs = guild.first_message_at ? Date.parse(guild.first_message_at) : null;
	const isOlder = firstMs !== null && Date.parse(range.from) < firstMs;
	return (
		<p className="ra-range">
			<span>{formats.range(range)}</span>
			{isOlder && (
				<span>{t('guild.since', { date: formats.date(firstMs, range.timezone) })}</span>
			)}
			{hasCompare && view.with && (
				<span dir="auto">
					{t('guild.compared_with', { range: other?.name ?? t('compare.unknown') })}
				</span>
			)}
			{hasCompare && compared && (
				<span>{t('guild.compared_with', { range: formats.range(compared) })}</span>
			)}
			<span>
				{range.timezone} ({offset})
			</span>
			<span
				className={range.coverage < 0.995 ? 'is-warning' : undefined}
				title={t('coverage.text')}
			>
				{t('coverage.of', { share: formats.share(range.coverage) })}
			</span>
		</p>
	);
}
