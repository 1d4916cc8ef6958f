/* Where whoever looks is logged in, and the way out of there. */
import { useState } from 'react';
import { Monitor, Smartphone } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MySession } from '@/api/types';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useEndSession, useMySessions } from './use-sessions';

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const PHONES = ['Android', 'iPhone', 'iPad'];

interface SessionRowProps {
	session: MySession;
	isPending: boolean;
	onEnd: () => void;
}

function SessionRow({ session, isPending, onEnd }: SessionRowProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const Icon = PHONES.includes(session.system) ? Smartphone : Monitor;
	const { browser, system } = session;
	const name =
		browser && system
			? t('privacy.sessions.both', { browser, system })
			: browser || system || t('privacy.sessions.unknown');
	return (
		<li>
			<Icon size={20} aria-hidden="true" />
			<div>
				<strong>{name}</strong>
				{session.is_current ? (
					<span className="ra-privacy__here">{t('privacy.sessions.here')}</span>
				) : (
					<span>
						{t('privacy.sessions.seen', {
							when: formats.dateTime(Date.parse(session.last_seen_at), HERE),
						})}
					</span>
				)}
				<span>
					{t('privacy.sessions.since', {
						when: formats.dateTime(Date.parse(session.created_at), HERE),
					})}
				</span>
			</div>
			{!session.is_current && (
				<button
					type="button"
					className="ra-button"
					aria-label={t('privacy.sessions.end_this', { name })}
					disabled={isPending}
					onClick={onEnd}
				>
					{t('privacy.sessions.end')}
				</button>
			)}
		</li>
	);
}

export function SessionsPanel({ csrf }: { csrf: string }) {
	const { t } = useTranslation();
	const sessions = useMySessions();
	const end = useEndSession(csrf);
	const [isAsked, setAsked] = useState(false);
	return (
		<Panel
			id="sessions"
			title={t('privacy.sessions.title')}
			summary={t('privacy.sessions.text')}
		>
			{sessions.isPending && <Skeleton height={60} lines={2} />}
			{sessions.error && (
				<ProblemNotice error={sessions.error} onRetry={() => void sessions.refetch()} />
			)}
			<ul className="ra-privacy__sessions">
				{sessions.data?.sessions.map((session) => (
					<SessionRow
						key={session.id}
						session={session}
						isPending={end.isPending}
						onEnd={() => end.mutate(session.id)}
					/>
				))}
			</ul>
			{end.error && <ProblemNotice error={end.error} />}
			<div className="ra-privacy__actions">
				<button
					type="button"
					className={`ra-button ${isAsked ? 'is-danger' : ''}`}
					disabled={end.isPending}
					onClick={() => {
						if (isAsked) end.mutate(null);
						else setAsked(true);
					}}
				>
					{t(isAsked ? 'privacy.sessions.really' : 'privacy.sessions.end_all')}
				</button>
			</div>
		</Panel>
	);
}
