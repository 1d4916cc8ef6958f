/* Webhooks: where alerts go, whether they arrive, and a way to try. */
import { useState, type FormEvent } from 'react';
import { Webhook as WebhookIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, Webhook } from '@/api/types';
import { useOut, useOutChange } from '@/api/use-out';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { SecretNote } from '@/components/secret-note';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { DeliveriesDialog } from './deliveries-dialog';

const EVERY_MS = 30_000;

interface NewHook {
	name: string;
	secret: string;
}

function HookForm({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const make = useOutChange<NewHook>(guild.id);
	const [name, setName] = useState('');
	const [url, setUrl] = useState('');
	const submit = (event: FormEvent) => {
		event.preventDefault();
		make.mutate(
			{ method: 'POST', tail: '/webhooks', body: { name, url } },
			{
				onSuccess: () => {
					setName('');
					setUrl('');
				},
			},
		);
	};
	return (
		<>
			<form className="ra-out__form" onSubmit={submit}>
				<label>
					{t('alerts.hooks.name')}
					<input
						className="form-control"
						required
						maxLength={80}
						placeholder={t('alerts.hooks.example')}
						value={name}
						onChange={(event) => setName(event.target.value)}
					/>
				</label>
				<label>
					{t('alerts.hooks.url')}
					<input
						className="form-control"
						type="url"
						required
						maxLength={2000}
						placeholder="https://"
						value={url}
						onChange={(event) => setUrl(event.target.value)}
					/>
				</label>
				<div className="ra-out__actions">
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={make.isPending}
					>
						<WebhookIcon size={16} aria-hidden="true" />
						{t('alerts.hooks.make')}
					</button>
				</div>
			</form>
			{make.error && <ProblemNotice error={make.error} />}
			{make.data && (
				<SecretNote
					label={make.data.name}
					value={make.data.secret}
					hint={t('alerts.hooks.secret_hint')}
				/>
			)}
		</>
	);
}

function HookState({ hook, guild }: { hook: Webhook; guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const when = (at: string) => formats.dateTime(Date.parse(at), guild.timezone);
	if (hook.disabled_at) return t('alerts.hooks.disabled', { when: when(hook.disabled_at) });
	return hook.failing_since
		? t('alerts.hooks.failing', { when: when(hook.failing_since) })
		: t('alerts.hooks.good');
}

function Hook({ hook, guild }: { hook: Webhook; guild: Guild }) {
	const { t } = useTranslation();
	const change = useOutChange(guild.id);
	const test = useOutChange(guild.id);
	const [hasLog, setLog] = useState(false);
	const tail = `/webhooks/${hook.id}`;
	const isOn = !hook.disabled_at;
	const named = (action: string) => t('alerts.rules.named', { action, name: hook.name });
	const actions = [
		...(isOn
			? [
					{
						text: t('alerts.hooks.test'),
						act: () => test.mutate({ method: 'POST', tail: `${tail}/test` }),
					},
				]
			: []),
		{ text: t('alerts.hooks.log'), act: () => setLog(true) },
		{
			text: t(isOn ? 'alerts.rules.switch_off' : 'alerts.rules.on'),
			act: () => change.mutate({ method: 'PATCH', tail, body: { is_on: !isOn } }),
		},
		{
			text: t('alerts.hooks.delete'),
			act: () => {
				if (confirm(t('alerts.hooks.confirm', { name: hook.name })))
					change.mutate({ method: 'DELETE', tail });
			},
		},
	];
	return (
		<tr className={isOn ? undefined : 'is-over'}>
			<td>
				<bdi>{hook.name}</bdi>
				<br />
				<span className="ra-out__help">{hook.host}</span>
			</td>
			<td>
				<HookState hook={hook} guild={guild} />
				{test.isSuccess && (
					<p className="ra-out__help" role="status">
						{t('alerts.hooks.tested')}
					</p>
				)}
			</td>
			<td>
				<div className="ra-out__actions">
					{actions.map(({ text, act }) => (
						<button
							key={text}
							type="button"
							className="ra-button"
							aria-label={named(text)}
							disabled={change.isPending || test.isPending}
							onClick={act}
						>
							{text}
						</button>
					))}
				</div>
				{hasLog && (
					<DeliveriesDialog guild={guild} hook={hook} onClose={() => setLog(false)} />
				)}
			</td>
		</tr>
	);
}

export function HooksPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const { data, error, refetch } = useOut(
		'/api/v1/guilds/{guild_id}/webhooks',
		guild.id,
		EVERY_MS,
	);
	const label = t('alerts.hooks.title');
	return (
		<Panel id="webhooks" title={label}>
			<p className="ra-out__lead">{t('alerts.hooks.lead')}</p>
			<HookForm guild={guild} />
			{!data && !error && <Skeleton height={80} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && data.webhooks.length > 0 && (
				<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={label}>
					<table className="ra-table">
						<caption className="visually-hidden">{label}</caption>
						<thead>
							<tr>
								<th scope="col">{t('alerts.hooks.name')}</th>
								<th scope="col">{t('alerts.hooks.state')}</th>
								<th scope="col">
									<span className="visually-hidden">
										{t('alerts.rules.actions')}
									</span>
								</th>
							</tr>
						</thead>
						<tbody>
							{data.webhooks.map((hook) => (
								<Hook key={hook.id} hook={hook} guild={guild} />
							))}
						</tbody>
					</table>
				</div>
			)}
		</Panel>
	);
}
