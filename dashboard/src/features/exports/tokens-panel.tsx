/* Tokens for programs: making one, seeing who uses which, taking it back. */
import { useState, type FormEvent } from 'react';
import { KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ApiToken, Guild, NewToken } from '@/api/types';
import { useOut, useOutChange } from '@/api/use-out';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { SecretNote } from '@/components/secret-note';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { daysOf, ExpiryField, isOver, LifeCell, type Expiry } from './expiry';

const SCOPES = ['figures', 'people'] as const;
type Scope = (typeof SCOPES)[number];

function TokenForm({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const make = useOutChange<NewToken>(guild.id);
	const [name, setName] = useState('');
	const [scopes, setScopes] = useState<readonly Scope[]>(['figures']);
	const [expiry, setExpiry] = useState<Expiry>('365');
	const submit = (event: FormEvent) => {
		event.preventDefault();
		const body = { name, scopes, expires_in_days: daysOf(expiry) };
		make.mutate({ method: 'POST', tail: '/tokens', body }, { onSuccess: () => setName('') });
	};
	const toggle = (scope: Scope) =>
		setScopes(SCOPES.filter((one) => scopes.includes(one) !== (one === scope)));
	return (
		<>
			<form className="ra-out__form" onSubmit={submit}>
				<label>
					{t('exports.name')}
					<input
						className="form-control"
						required
						maxLength={80}
						placeholder={t('exports.tokens.example')}
						value={name}
						onChange={(event) => setName(event.target.value)}
					/>
				</label>
				<ExpiryField value={expiry} onChange={setExpiry} />
				<fieldset>
					<legend>{t('exports.tokens.scopes')}</legend>
					<div className="ra-out__checks">
						{SCOPES.map((scope) => (
							<label key={scope}>
								<input
									type="checkbox"
									className="form-check-input"
									checked={scopes.includes(scope)}
									onChange={() => toggle(scope)}
								/>
								{t(`exports.tokens.scope.${scope}`)}
							</label>
						))}
					</div>
				</fieldset>
				<div className="ra-out__actions">
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={make.isPending || scopes.length === 0}
					>
						<KeyRound size={16} aria-hidden="true" />
						{t('exports.tokens.make')}
					</button>
				</div>
			</form>
			{make.error && <ProblemNotice error={make.error} />}
			{make.data && (
				<SecretNote
					label={make.data.name}
					value={make.data.token}
					hint={t('exports.tokens.once')}
				/>
			)}
		</>
	);
}

function TokenRow({ token, guild, nowMs }: { token: ApiToken; guild: Guild; nowMs: number }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const change = useOutChange(guild.id);
	const used = token.last_used_at;
	return (
		<tr className={isOver(token, nowMs) ? 'is-over' : undefined}>
			<td>
				<bdi>{token.name}</bdi>
			</td>
			<td>
				<code>rtn_…{token.ending}</code>
			</td>
			<td>{formats.list(token.scopes.map((scope) => t(`exports.tokens.short.${scope}`)))}</td>
			<td>
				{used
					? formats.dateTime(Date.parse(used), guild.timezone)
					: t('exports.tokens.unused')}
			</td>
			<td>
				<LifeCell one={token} zone={guild.timezone} />
			</td>
			<td className="is-number">
				{!token.revoked_at && (
					<button
						type="button"
						className="ra-button"
						disabled={change.isPending}
						aria-label={t('exports.revoke_named', { name: token.name })}
						onClick={() =>
							change.mutate({ method: 'DELETE', tail: `/tokens/${token.id}` })
						}
					>
						{t('exports.revoke')}
					</button>
				)}
			</td>
		</tr>
	);
}

function TokenTable({ tokens, guild }: { tokens: ApiToken[]; guild: Guild }) {
	const { t } = useTranslation();
	const [nowMs] = useState(() => Date.now());
	const label = t('exports.tokens.title');
	return (
		<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={label}>
			<table className="ra-table">
				<caption className="visually-hidden">{label}</caption>
				<thead>
					<tr>
						<th scope="col">{t('exports.name')}</th>
						<th scope="col">{t('exports.tokens.token')}</th>
						<th scope="col">{t('exports.tokens.scopes')}</th>
						<th scope="col">{t('exports.tokens.used')}</th>
						<th scope="col">{t('exports.life.title')}</th>
						<th scope="col">
							<span className="visually-hidden">{t('exports.revoke')}</span>
						</th>
					</tr>
				</thead>
				<tbody>
					{tokens.map((token) => (
						<TokenRow key={token.id} token={token} guild={guild} nowMs={nowMs} />
					))}
				</tbody>
			</table>
		</div>
	);
}

export function TokensPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const { data, error, refetch } = useOut('/api/v1/guilds/{guild_id}/tokens', guild.id);
	return (
		<Panel id="tokens" title={t('exports.tokens.title')}>
			<p className="ra-out__lead">{t('exports.tokens.lead')}</p>
			<TokenForm guild={guild} />
			{!data && !error && <Skeleton height={80} />}
			{error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && data.tokens.length > 0 && <TokenTable tokens={data.tokens} guild={guild} />}
		</Panel>
	);
}
