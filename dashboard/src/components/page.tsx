/* The frame of every page: skip link, banner, header, main, footer. */
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useInstance } from '@/api/use-instance';
import { useMe } from '@/api/use-me';
import { DemoBanner } from './demo-banner';
import { ErrorBoundary } from './error-boundary';
import { LanguageMenu } from './language-menu';
import { Logo } from './logo';
import { ThemeMenu } from './theme-menu';
import './page.scss';

interface PageProps {
	/** for the browser tab */
	title: string;
	/** beside the logo */
	lead?: ReactNode;
	/** at the far end */
	account?: ReactNode;
	children: ReactNode;
}

export function Page({ title, lead, account, children }: PageProps) {
	const { t } = useTranslation();
	const instance = useInstance();
	const me = useMe();

	useEffect(() => {
		document.title = title ? `${title} · Rations` : 'Rations';
	}, [title]);

	return (
		<>
			<a className="ra-skip" href="#main">
				{t('common.skip')}
			</a>
			<DemoBanner />
			<header className="ra-header">
				<div className="ra-container ra-header__row">
					<Link href={me.data ? '/guilds' : '/'} className="ra-brand">
						<Logo />
						<span>Rations</span>
					</Link>
					<div className="ra-header__lead">{lead}</div>
					<LanguageMenu />
					<ThemeMenu />
					{account}
				</div>
			</header>
			<main id="main" className="ra-container" tabIndex={-1}>
				<ErrorBoundary>{children}</ErrorBoundary>
			</main>
			<footer className="ra-footer">
				<div className="ra-container ra-footer__row">
					<span>
						{instance.data
							? `${instance.data.name} ${instance.data.version}`
							: 'Rations'}
					</span>
					{instance.data?.source_url && (
						<a href={instance.data.source_url}>{t('footer.source')}</a>
					)}
				</div>
			</footer>
		</>
	);
}
