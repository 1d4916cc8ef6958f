/* What happens right now: a line of figures, the last half hour, and whether to believe it. */
import { useTranslation } from 'react-i18next';
import type { Guild, Live as LiveData } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { LiveMark } from './live-mark';
import { MinuteBars } from './minute-bars';
import { useLive } from './use-live';
import { useRefresh } from './use-refresh';
import './live.scss';

function Item({ name, value }: { name: string; value: string }) {
	return (
		<div className="ra-live__item">
			<dt>{name}</dt>
			<dd>{value}</dd>
		</div>
	);
}

function Items({ data }: { data: LiveData | null }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const count = (value: number | undefined) => (value === undefined ? '—' : formats.count(value));
	return (
		<dl className="ra-live__items">
			<Item name={t('live.minute')} value={count(data?.messages_minute)} />
			<Item name={t('live.today')} value={count(data?.messages_today)} />
			<Item name={t('live.voice')} value={count(data?.voice_now)} />
			<Item
				name={t('live.joins')}
				value={
					data
						? `${formats.signed(data.joins_today)} / ${formats.signed(-data.leaves_today)}`
						: '—'
				}
			/>
			<Item name={t('live.members')} value={count(data?.members)} />
		</dl>
	);
}

export function Live({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const state = useLive(guild.id, useRefresh(guild.id));
	return (
		<section className={`ra-live is-${state.status}`} aria-labelledby="live-title">
			<h2 id="live-title" className="visually-hidden">
				{t('live.title')}
			</h2>
			<LiveMark state={state} zone={guild.timezone} />
			<Items data={state.data} />
			<MinuteBars minutes={state.data?.minutes ?? []} />
		</section>
	);
}
