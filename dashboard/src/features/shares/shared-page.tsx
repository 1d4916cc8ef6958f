/* What a share link shows to whoever has it: no login, no names, no small groups. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, get } from '@/api/client';
import type { SharedPage as Shared } from '@/api/types';
import { Avatar } from '@/components/avatar';
import { Page } from '@/components/page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { Widget } from './widgets';
import './shares.scss';

const EVERY_MS = 5 * 60_000;

interface SharedPageProps {
	token: string;
	/** in a frame of another site */
	isFramed?: boolean;
}

function useShared(token: string, isFramed: boolean) {
	return useQuery({
		queryKey: ['shared', token, isFramed],
		queryFn: ({ signal }) =>
			get('/api/v1/shares/{token}', {
				ids: { token },
				...(isFramed && { query: { embed: true } }),
				signal,
			}),
		refetchInterval: EVERY_MS,
		retry: false,
	});
}

/* Search engines are told by the server, too; this is for those that read pages only. */
function useHidden(): void {
	useEffect(() => {
		const meta = document.createElement('meta');
		meta.name = 'robots';
		meta.content = 'noindex';
		document.head.append(meta);
		return () => meta.remove();
	}, []);
}

function Head({ shared }: { shared: Shared }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { guild } = shared;
	return (
		<header className="ra-shared__head">
			<Avatar id={guild.name} url={guild.icon_url} name={guild.name} size={48} />
			<div>
				<h1>
					<bdi>{shared.title}</bdi>
				</h1>
				<p>{t('shared.by', { guild: guild.name, period: t(`period.${shared.period}`) })}</p>
				<p className="ra-shared__made">
					{t('shared.made', {
						when: formats.dateTime(Date.parse(shared.made_at), guild.timezone),
					})}
				</p>
			</div>
		</header>
	);
}

function Content({ token, isFramed }: Required<SharedPageProps>) {
	const { t } = useTranslation();
	const { data, error, refetch } = useShared(token, isFramed);
	if (error instanceof ApiError && error.status === 404)
		return (
			<div className="ra-empty">
				<h1>{t('shared.gone')}</h1>
				<p>{t('shared.gone_text')}</p>
			</div>
		);
	if (!data)
		return error ? (
			<ProblemNotice error={error} onRetry={() => void refetch()} />
		) : (
			<Skeleton height={240} lines={4} />
		);
	return (
		<div className="ra-shared">
			<Head shared={data} />
			{data.widgets.map((widget) => (
				<Widget key={widget.key} widget={widget} />
			))}
		</div>
	);
}

export function SharedPage({ token, isFramed = false }: SharedPageProps) {
	const { t } = useTranslation();
	useHidden();
	if (isFramed)
		return (
			<main id="main" className="ra-container" tabIndex={-1}>
				<Content token={token} isFramed />
				<p className="ra-shared__made">{t('shared.powered')}</p>
			</main>
		);
	return (
		<Page>
			<Content token={token} isFramed={false} />
		</Page>
	);
}
