/* The first page: what this is, in one sentence, and the way in. */
import { LogIn, Plus, ServerCog } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'wouter';
import { useInstance } from '@/api/use-instance';
import { useMe } from '@/api/use-me';
import { Page } from '@/components/page';
import { ProblemNotice } from '@/components/problem-notice';
import { localPath, loginUrl } from '@/lib/login';
import { LandingArt } from './landing-art';
import { LoginNotice } from './login-notice';
import { Promises } from './promises';
import './landing.scss';

export function Landing() {
	const { t } = useTranslation();
	const [search] = useSearchParams();
	const instance = useInstance();
	const me = useMe();
	const next = localPath(search.get('next'));
	const canLogIn = instance.data?.is_configured ?? true;

	return (
		<Page title="">
			<div className="ra-landing">
				<div className="ra-landing__words">
					<LoginNotice
						error={search.get('login_error')}
						hasEnded={search.has('ended')}
						hasNext={!!next}
					/>
					<h1>{t('landing.title')}</h1>
					<p className="ra-landing__lead">{t('landing.lead')}</p>
					<div className="ra-landing__actions">
						{me.data && (
							<Link
								href={next ?? '/guilds'}
								className="ra-button is-primary is-large"
							>
								{t('landing.open')}
							</Link>
						)}
						{!me.data && !me.isPending && canLogIn && (
							<a href={loginUrl(next)} className="ra-button is-primary is-large">
								<LogIn size={18} aria-hidden="true" />
								{t('landing.log_in')}
							</a>
						)}
						{instance.data?.invite_url && (
							<a href={instance.data.invite_url} className="ra-button is-large">
								<Plus size={18} aria-hidden="true" />
								{t('landing.invite')}
							</a>
						)}
					</div>
					{!canLogIn && (
						<p className="ra-notice">
							<ServerCog size={18} aria-hidden="true" />
							<span>{t('landing.not_configured')}</span>
						</p>
					)}
					{instance.error && (
						<ProblemNotice
							error={instance.error}
							onRetry={() => void instance.refetch()}
						/>
					)}
					<p className="ra-landing__note">{t('landing.note')}</p>
				</div>
				<LandingArt />
			</div>
			<Promises />
		</Page>
	);
}
