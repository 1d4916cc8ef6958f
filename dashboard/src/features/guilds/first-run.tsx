/*
 * The first minutes of an installation, before the bot is in any server: what has to be true, ticked off
 * as it becomes so, and what comes next. For those who run it.
 */
import { Circle, CircleCheck, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Check } from '@/api/types';
import { useInstance } from '@/api/use-instance';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { RichText } from '@/features/checkup/rich-text';
import { useCheckWords } from '@/features/checkup/use-check-words';
import { useCheckup } from '@/features/checkup/use-checkup';
import { firstRunLines, type FirstRunLine } from './first-run-lines';
import '@/features/checkup/checkup.scss';
import './first-run.scss';

const EVERY_MS = 20_000;

function Trouble({ check }: { check: Check }) {
	const { what, fix } = useCheckWords()(check);
	return (
		<p>
			<RichText text={what} /> <RichText text={fix} />
		</p>
	);
}

function Line({ line, isNext }: { line: FirstRunLine; isNext: boolean }) {
	const { t } = useTranslation();
	const instance = useInstance();
	const Icon = line.isDone ? CircleCheck : Circle;
	const mark = line.isDone ? 'is_done' : isNext ? 'is_next' : 'is_open';
	return (
		<li className={line.isDone ? 'is-done' : undefined} data-step={line.key}>
			<Icon size={18} aria-hidden="true" />
			<div>
				<p>
					<span className={isNext ? 'ra-first-run__next' : 'visually-hidden'}>
						{t(`checkup.first_run.${mark}`)}{' '}
					</span>
					{t(`checkup.first_run.${line.key}.${line.isDone ? 'done' : 'open'}`)}
				</p>
				{line.troubles.map((check, at) => (
					<Trouble key={at} check={check} />
				))}
				{line.key === 'guild' && instance.data?.invite_url && (
					<a className="ra-button is-primary" href={instance.data.invite_url}>
						<Plus size={16} aria-hidden="true" />
						{t('checkup.first_run.add')}
					</a>
				)}
			</div>
		</li>
	);
}

export function FirstRun() {
	const { t } = useTranslation();
	const checkup = useCheckup(null, EVERY_MS);
	if (checkup.isPending) return <Skeleton height={28} lines={5} />;
	if (checkup.error)
		return <ProblemNotice error={checkup.error} onRetry={() => void checkup.refetch()} />;
	const lines = firstRunLines(checkup.data.checks);
	const next = lines.find((line) => !line.isDone);
	const done = lines.filter((line) => line.isDone).length;
	return (
		<section className="ra-first-run ra-checkup" aria-labelledby="first-run-title">
			<header>
				<h2 id="first-run-title">{t('checkup.first_run.title')}</h2>
				<span>{t('checkup.first_run.progress', { done, all: lines.length })}</span>
			</header>
			<p>{t('checkup.first_run.lead')}</p>
			<ul>
				{lines.map((line) => (
					<Line key={line.key} line={line} isNext={line === next} />
				))}
			</ul>
			<Link href="/system">{t('checkup.first_run.more')}</Link>
		</section>
	);
}
