/* How far it is, and when it will be ready. */
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, History } from '@/api/types';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';

function Warning({ text }: { text: string }) {
	return (
		<p className="ra-notice is-warning" role="status">
			<TriangleAlert size={18} aria-hidden="true" />
			<span>{text}</span>
		</p>
	);
}

function useEnd(guild: Guild, past: History): string | null {
	const { t } = useTranslation();
	const formats = useFormats();
	const timeOf = (at: string) => formats.dateTime(Date.parse(at), guild.timezone);
	if (past.finished_at) return t('history.progress.finished', { time: timeOf(past.finished_at) });
	if (past.ends_at) return t('history.progress.ends', { time: timeOf(past.ends_at) });
	return ['off', 'paused'].includes(past.state) ? null : t('history.progress.estimating');
}

export function ProgressPanel({ guild, past }: { guild: Guild; past: History }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const end = useEnd(guild, past);
	const counted = (key: 'messages' | 'members' | 'requests') =>
		t(`history.progress.${key}`, { count: past[key], n: formats.count(past[key]) });
	const oldest = past.oldest_at && formats.date(Date.parse(past.oldest_at), guild.timezone);
	return (
		<Panel id="progress" title={t('history.progress.title')}>
			<div className="ra-history__bar">
				<progress value={past.progress} max={1} aria-label={t('history.progress.bar')} />
				<strong>{formats.share(past.progress)}</strong>
			</div>
			<p className="ra-history__state">
				<strong>{t(`history.state.${past.state}`)}</strong>
				{end && <span>{end}</span>}
			</p>
			<ul className="ra-history__facts">
				<li>
					{counted('messages')}
					{oldest && `, ${t('history.progress.oldest', { date: oldest })}`}
				</li>
				<li>{counted('members')}</li>
				<li>{counted('requests')}</li>
			</ul>
			{past.members_skipped && <Warning text={t('history.progress.members_forbidden')} />}
			{past.trouble && (
				<Warning text={t('history.progress.trouble', { text: past.trouble })} />
			)}
		</Panel>
	);
}
