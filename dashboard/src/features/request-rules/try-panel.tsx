/* What the rule would have found in the last 7 days. */
import { ExternalLink } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { Avatar } from '@/components/avatar';
import { useFormats } from '@/i18n/use-formats';
import { Mistakes } from './mistakes';
import { useTrial, type Match, type Outcome, type Trial } from './use-trial';
import type { RuleWish } from './use-rules';

function Found({ match, zone }: { match: Match; zone: string }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const name = match.author.name || t('request_rules.try.somebody');
	return (
		<li>
			<div className="ra-desk__who">
				<Avatar id={match.author.id} name={name} url={match.author.avatar_url} size={22} />
				<bdi>{name}</bdi>
				<span>
					#<bdi>{match.channel.name || match.channel.id}</bdi>
				</span>
				<time dateTime={match.at}>{formats.dateTime(Date.parse(match.at), zone)}</time>
				<a
					className="ra-icon-button"
					href={match.url}
					target="_blank"
					rel="noreferrer"
					aria-label={t('request_rules.try.open')}
					title={t('request_rules.try.open')}
				>
					<ExternalLink size={14} aria-hidden="true" />
				</a>
			</div>
			{match.excerpt && (
				<p className="ra-desk__excerpt">
					<bdi>{match.excerpt}</bdi>
				</p>
			)}
			{match.other_rule && (
				<span className="ra-desk__tag">
					{t('request_rules.try.other', { name: match.other_rule.name })}
				</span>
			)}
		</li>
	);
}

function Sums({ outcome }: { outcome: Outcome }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const perDay = formats.mean(outcome.per_day);
	return (
		<>
			<p className="ra-desk__sum">
				{t('request_rules.try.sum', {
					count: outcome.requests,
					n: formats.count(outcome.requests),
					per_day: perDay,
				})}
			</p>
			{outcome.known > 0 && (
				<p>
					{t('request_rules.try.known', {
						count: outcome.known,
						n: formats.count(outcome.known),
					})}
				</p>
			)}
			<p className="ra-rules__help">
				{t('request_rules.try.covered', {
					messages: formats.count(outcome.messages),
					channels: formats.count(outcome.channels),
				})}{' '}
				{!outcome.is_whole &&
					t('request_rules.try.part', {
						messages: formats.count(outcome.messages_expected),
						channels: formats.count(outcome.channels_expected),
					})}{' '}
				{outcome.given_up > 0 &&
					t('request_rules.try.given_up', { count: outcome.given_up })}
			</p>
		</>
	);
}

function Progress({ trial }: { trial: Trial }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const now = trial.progress;
	return (
		<p role="status">
			<progress
				aria-label={t('request_rules.try.title')}
				max={Math.max(now?.channels_expected ?? 1, 1)}
				value={now?.channels ?? 0}
			/>{' '}
			{t('request_rules.try.running', {
				messages: formats.count(now?.messages ?? 0),
			})}
		</p>
	);
}

interface TryPanelProps {
	guild: Guild;
	draft: RuleWish;
	ruleId: string | null;
}

export function TryPanel({ guild, draft, ruleId }: TryPanelProps) {
	const { t } = useTranslation();
	const trial = useTrial(guild.id, draft, ruleId);
	return (
		<section className="ra-desk__try" aria-labelledby="ra-desk-try">
			<h3 id="ra-desk-try">{t('request_rules.try.title')}</h3>
			{trial.error && <Mistakes error={trial.error} />}
			{!trial.error && !trial.outcome && <Progress trial={trial} />}
			{trial.outcome && <Sums outcome={trial.outcome} />}
			{trial.matches.length > 0 && (
				<ul
					className="ra-desk__found"
					tabIndex={0}
					aria-label={t('request_rules.try.found')}
				>
					{trial.matches.map((match) => (
						<Found key={match.id} match={match} zone={guild.timezone} />
					))}
				</ul>
			)}
			<p className="ra-rules__help">{t('request_rules.try.note')}</p>
		</section>
	);
}
