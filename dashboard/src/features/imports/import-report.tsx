/* What an import found and leaves out, in plain words. */
import { useTranslation } from 'react-i18next';
import type { ImportRow } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';

const KINDS = [
	'messages',
	'bot_messages',
	'notices',
	'voice',
	'voice_seconds',
	'joins',
	'leaves',
	'snapshots',
	'channels',
	'members',
	'requests',
	'activities',
	'task_reports',
	'curators',
	'excluded',
	'desk_settings',
];

type Kinds = ImportRow['report']['kinds'];

function KindList({ kinds }: { kinds: NonNullable<Kinds> }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const known = KINDS.filter((name) => kinds[name]);
	const names = [...known, ...Object.keys(kinds).filter((name) => !KINDS.includes(name))];
	const day = (ms: number) => formats.date(ms, 'UTC');
	return (
		<ul className="ra-imports__kinds">
			{names.map((name) => {
				const { count = 0, from, to } = kinds[name] ?? {};
				const n = name === 'voice_seconds' ? Math.round(count / 3600) : count;
				return (
					<li key={name}>
						{t(`imports.kind.${name}`, {
							count: n,
							n: formats.count(n),
							defaultValue: `${formats.count(n)} ${name}`,
						})}
						{from && to && name !== 'voice_seconds' && (
							<span>{t('imports.from_to', { from: day(from), to: day(to) })}</span>
						)}
					</li>
				);
			})}
		</ul>
	);
}

function Skipped({ skipped }: { skipped: NonNullable<ImportRow['report']['skipped']> }) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<ul className="ra-imports__skipped">
			{Object.entries(skipped).map(([why, { count, samples }]) => (
				<li key={why}>
					{t(`imports.skip.${why}`, {
						count,
						n: formats.count(count),
						defaultValue: `${formats.count(count)}: ${why}`,
					})}
					{samples.length > 0 && <code>{samples.join(' · ')}</code>}
				</li>
			))}
		</ul>
	);
}

export function ImportReport({ row }: { row: ImportRow }) {
	const { t } = useTranslation();
	const { kinds = {}, skipped = {}, notes = [] } = row.report;
	const guilds = Object.values(row.guilds);
	const isEmpty = Object.keys(kinds).length === 0;
	return (
		<div className="ra-imports__report">
			{guilds.length > 0 && (
				<p>{t('imports.servers', { count: guilds.length, names: guilds.join(', ') })}</p>
			)}
			{isEmpty ? <p>{t('imports.nothing')}</p> : <KindList kinds={kinds} />}
			{Object.keys(skipped).length > 0 && (
				<>
					<h4>{t('imports.left_out')}</h4>
					<Skipped skipped={skipped} />
				</>
			)}
			{notes.map((note) => (
				<p key={note} className="ra-imports__note">
					{t(`imports.note.${note}`, { defaultValue: note })}
				</p>
			))}
		</div>
	);
}
