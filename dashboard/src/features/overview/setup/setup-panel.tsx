/* The first-run list: what this guild still needs, and what to do next. Can be put away, on this device. */
import { useState } from 'react';
import { Circle, CircleCheck, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Guild } from '@/api/types';
import { useSetup } from '@/api/use-setup';
import { useFormats } from '@/i18n/use-formats';
import { recall, remember } from '@/lib/storage';
import { isSetupShown, setupLines, type SetupLine } from './setup-data';
import './setup.scss';

function Line({ line, guild }: { line: SetupLine; guild: Guild }) {
	const { t } = useTranslation();
	const Icon = line.isDone ? CircleCheck : Circle;
	return (
		<li className={line.isDone ? 'is-done' : undefined} data-step={line.key}>
			<Icon size={18} aria-hidden="true" />
			<span>
				<span className="visually-hidden">
					{t(line.isDone ? 'setup.is_done' : 'setup.is_open')}{' '}
				</span>
				{line.text}{' '}
				{line.key === 'zone' && !line.isDone && guild.can_manage && (
					<Link href={`/guilds/${guild.id}/settings`}>{t('setup.zone.choose')}</Link>
				)}
			</span>
		</li>
	);
}

/* What makes the figures richer; only those who manage can do it. */
function Next({ guild, isHome }: { guild: Guild; isHome: boolean }) {
	const { t } = useTranslation();
	if (!guild.can_manage) return null;
	return (
		<p className="ra-setup__next">
			{t('setup.next')}{' '}
			{!isHome && (
				<>
					<Link href={`/guilds/${guild.id}/setup`}>{t('setup.check')}</Link>
					{' · '}
				</>
			)}
			<Link href={`/guilds/${guild.id}/history`}>{t('setup.history')}</Link>
			{' · '}
			<Link href={`/guilds/${guild.id}/settings`}>{t('setup.settings')}</Link>
			{' · '}
			<Link href={`/guilds/${guild.id}/digest`}>{t('setup.digest')}</Link>
		</p>
	);
}

/** `isHome`: on the page that is about nothing else, where it stays. */
export function SetupPanel({ guild, isHome = false }: { guild: Guild; isHome?: boolean }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const mark = `setup.${guild.id}`;
	const [isPutAway, setPutAway] = useState(() => !isHome && recall(mark) === 'away');
	const canHelp = guild.can_manage || !guild.first_event_at;
	const { data } = useSetup(guild.id, canHelp && !isPutAway);
	if (!data) return null;
	const lines = setupLines(data, t, formats);
	if (!isHome && !isSetupShown(lines, guild, isPutAway)) return null;

	const done = lines.filter((line) => line.isDone).length;
	const putAway = () => {
		remember(mark, 'away');
		setPutAway(true);
	};
	return (
		<section className="ra-setup" aria-labelledby="setup-title">
			<header>
				<h2 id="setup-title">{t('setup.title')}</h2>
				<span>{t('setup.progress', { done, all: lines.length })}</span>
				{!isHome && (
					<button
						type="button"
						className="ra-icon-button"
						aria-label={t('setup.put_away')}
						title={t('setup.put_away')}
						onClick={putAway}
					>
						<X size={16} aria-hidden="true" />
					</button>
				)}
			</header>
			<ul>
				{lines.map((line) => (
					<Line key={line.key} line={line} guild={guild} />
				))}
			</ul>
			<Next guild={guild} isHome={isHome} />
		</section>
	);
}
