/*
 * What `rationsctl doctor` finds, with what to do about it: of the installation, or of one server for
 * those who manage it.
 */
import { RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import type { Checkup } from '@/api/types';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { CheckList } from './check-list';
import { RichText } from './rich-text';
import { useCheckAgain, useCheckup } from './use-checkup';
import './checkup.scss';

function useSummary() {
	const { t } = useTranslation();
	const formats = useFormats();
	return ({ at, checks }: Checkup) => {
		const countOf = (verdict: string) => checks.filter((one) => one.verdict === verdict).length;
		const problems = countOf('problem');
		const warnings = countOf('warning');
		const plural = (count: number) => ({ count, n: formats.count(count) });
		const said = [
			problems > 0 && t('checkup.problems', plural(problems)),
			warnings > 0 && t('checkup.warnings', plural(warnings)),
		].filter(Boolean);
		const all = said.length ? said.join(' ') : t('checkup.well');
		return `${all} ${t('checkup.at', { time: formats.clock(Date.parse(at)) })}`;
	};
}

/* The server answers, but can not ask, or not even know who we are. */
const isDown = (error: Error) => error instanceof ApiError && error.status >= 500;

export function CheckupPanel({ guildId = null }: { guildId?: string | null }) {
	const { t } = useTranslation();
	const summary = useSummary();
	const checkup = useCheckup(guildId);
	const again = useCheckAgain(guildId);
	const isLooking = checkup.isFetching || again.isPending;
	const error = again.error ?? checkup.error;
	const lookAgain = () => {
		if (checkup.data) again.mutate();
		else void checkup.refetch();
	};
	return (
		<Panel
			id="checkup"
			className="ra-checkup"
			title={t(guildId === null ? 'checkup.title' : 'checkup.title_guild')}
			tools={
				<button
					type="button"
					className="ra-button is-small"
					disabled={isLooking}
					onClick={lookAgain}
				>
					<RotateCw
						size={14}
						aria-hidden="true"
						className={isLooking ? 'is-turning' : undefined}
					/>
					{t('checkup.again')}
				</button>
			}
			summary={
				<span role="status">
					{isLooking
						? t(guildId === null ? 'checkup.looking' : 'checkup.looking_guild')
						: checkup.data && summary(checkup.data)}
				</span>
			}
			isStale={isLooking && !!checkup.data}
		>
			{isLooking && (
				<progress className="ra-checkup__progress" aria-label={t('checkup.again')} />
			)}
			{!isLooking && error && <ProblemNotice error={error} onRetry={lookAgain} />}
			{!isLooking && error && isDown(error) && (
				<p className="ra-checkup__down">
					<RichText text={t('checkup.down')} />
				</p>
			)}
			{checkup.isPending && !error && <Skeleton height={28} lines={6} />}
			{checkup.data && !checkup.data.is_whole && (
				<p className="ra-notice is-warning">{t('checkup.cut')}</p>
			)}
			{checkup.data && <CheckList checks={checkup.data.checks} />}
		</Panel>
	);
}
