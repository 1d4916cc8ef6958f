/* The frame of every page: skip link, banner, header, main, footer. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useInstance } from '@/api/use-instance';
import { useMe } from '@/api/use-me';
import { useTitle } from '@/lib/use-title';
import { DemoBanner } from './demo-banner';
import { ErrorBoundary } from './error-boundary';
import { LanguageMenu } from './language-menu';
import { Logo } from './logo';
import { ThemeMenu } from './theme-menu';
import './page.scss';

interface PageProps {
	/** for the browser tab; without it somebody inside says it */
	title?: string | undefined;
	/** beside the logo */
	lead?: ReactNode;
	/** at the far end */
	account?: ReactNode;
	/** beside the content */
	side?: ReactNode;
	children: ReactNode;
}

export function Page({ title, lead, account, side, children }: PageProps) {
	const { t } = useTranslation();
	const instance = useInstance();
	const me = useMe();

	useTitle(title);
	const main = (
		<main id="main" className={side ? 'ra-frame__main' : 'ra-container'} tabIndex={-1}>
			<ErrorBoundary>{children}</ErrorBoundary>
		</main>
	);

	return (
		<>
			<a className="ra-skip" href="#main">
				{t('common.skip')}
			</a>
			<DemoBanner />
			<header className="ra-header">
				<div className="ra-container ra-header__row">
					<Link
						href={me.data ? '/guilds' : '/'}
						className="ra-brand"
						aria-label="Rations"
					>
						<Logo />
						<span>Rations</span>
					</Link>
					<div className="ra-header__lead">{lead}</div>
					<LanguageMenu />
					<ThemeMenu />
					{account}
				</div>
			</header>
			{side ? (
				<div className="ra-container ra-frame">
					{side}
					{main}
				</div>
			) : (
				main
			)}
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
