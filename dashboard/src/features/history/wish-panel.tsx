/* What reading history means, and the switch. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild, History } from '@/api/types';
import { useMe } from '@/api/use-me';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { useWish } from './use-history';

const RANGES = { all: null, year: 365, quarter: 90 } as const;
type Range = keyof typeof RANGES;
const NAMES = Object.keys(RANGES) as Range[];

const rangeOf = (days: number | null): Range =>
	NAMES.find((name) => RANGES[name] === days) ?? 'all';

function Explanation() {
	const { t } = useTranslation();
	return (
		<ul className="ra-history__explain">
			<li>{t('history.explain.messages')}</li>
			<li>{t('history.explain.limits')}</li>
			<li>{t('history.explain.gaps')}</li>
			<li>{t('history.explain.rate')}</li>
		</ul>
	);
}

function Switch({ guild, past }: { guild: Guild; past: History }) {
	const { t } = useTranslation();
	const me = useMe();
	const wish = useWish(guild.id, me.data?.csrf_token ?? '');
	const [range, setRange] = useState<Range>(rangeOf(past.days));
	const days = RANGES[range];
	return (
		<>
			<div className="ra-history__range">
				<span>{t('history.wish.range')}</span>
				<Segments<Range>
					label={t('history.wish.range')}
					options={NAMES.map((value) => ({ value, text: t(`history.wish.${value}`) }))}
					value={range}
					onChoose={setRange}
				/>
			</div>
			<div className="ra-history__actions">
				<button
					type="button"
					className={`ra-button ${past.is_wanted ? '' : 'is-primary'}`}
					disabled={wish.isPending}
					onClick={() => wish.mutate({ days, is_paused: false })}
				>
					{t(past.is_wanted ? 'history.wish.change' : 'history.wish.start')}
				</button>
				{past.is_wanted && past.state !== 'done' && (
					<button
						type="button"
						className="ra-button"
						disabled={wish.isPending}
						onClick={() => wish.mutate({ days: past.days, is_paused: !past.is_paused })}
					>
						{t(past.is_paused ? 'history.wish.resume' : 'history.wish.pause')}
					</button>
				)}
				{past.is_wanted && (
					<button
						type="button"
						className="ra-button"
						disabled={wish.isPending}
						aria-describedby="history-stop"
						onClick={() => wish.mutate(null)}
					>
						{t('history.wish.stop')}
					</button>
				)}
			</div>
			{past.is_wanted && (
				<p id="history-stop" className="ra-history__note">
					{t('history.wish.stop_help')}
				</p>
			)}
			{wish.error && <ProblemNotice error={wish.error} />}
		</>
	);
}

export function WishPanel({ guild, past }: { guild: Guild; past: History }) {
	const { t } = useTranslation();
	const why = !past.is_possible ? 'impossible' : !guild.can_manage ? 'may_not' : null;
	return (
		<Panel id="wish" title={t('history.explain.title')}>
			<Explanation />
			{why ? (
				<p className="ra-notice" role="status">
					{t(`history.wish.${why}`)}
				</p>
			) : (
				<Switch guild={guild} past={past} />
			)}
		</Panel>
	);
}
