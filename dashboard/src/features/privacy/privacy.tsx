/* Everything that is kept about whoever looks, server by server, and what they may do about it. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { MyGuild } from '@/api/types';
import { useMe } from '@/api/use-me';
import { Dialog } from '@/components/dialog';
import { MemberPage } from '@/components/member-page';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { GuildData } from './guild-data';
import { SessionsPanel } from './sessions-panel';
import { useForgetMe, useMyGuilds, useWish, type Wish } from './use-privacy';
import './privacy.scss';

interface EraseDialogProps {
	guilds: MyGuild[];
	isPending: boolean;
	onErase: (wish: Wish) => void;
	onClose: () => void;
}

function EraseDialog({ guilds, isPending, onErase, onClose }: EraseDialogProps) {
	const { t } = useTranslation();
	const [isOut, setOut] = useState(true);
	return (
		<Dialog title={t('privacy.erase.title')} onClose={onClose}>
			<div className="ra-form">
				<p>{t('privacy.erase.text')}</p>
				<ul className="ra-privacy__names">
					{guilds.map((guild) => (
						<li key={guild.id}>
							<bdi>{guild.name}</bdi>
						</li>
					))}
				</ul>
				<label className="ra-check">
					<input
						type="checkbox"
						checked={isOut}
						onChange={(event) => setOut(event.target.checked)}
					/>
					{t('privacy.erase.and_out')}
				</label>
				<div className="ra-form__actions">
					<button type="button" className="ra-button" onClick={onClose}>
						{t('common.cancel')}
					</button>
					<button
						type="button"
						className="ra-button is-danger"
						disabled={isPending}
						onClick={() => onErase(isOut ? 'erase_and_out' : 'erase')}
					>
						{t('privacy.erase.do')}
					</button>
				</div>
			</div>
		</Dialog>
	);
}

function Everywhere({ guilds, onWish }: { guilds: MyGuild[]; onWish: (wish: Wish) => void }) {
	const { t } = useTranslation();
	const areOut = guilds.every((guild) => guild.opted_out_at);
	return (
		<Panel id="everywhere" title={t('privacy.everywhere.title')}>
			<div className="ra-privacy__actions">
				<button
					type="button"
					className="ra-button"
					onClick={() => onWish(areOut ? 'in' : 'out')}
				>
					{t(areOut ? 'privacy.everywhere.in' : 'privacy.everywhere.out')}
				</button>
				<button type="button" className="ra-button" onClick={() => onWish('erase')}>
					{t('privacy.everywhere.erase')}
				</button>
			</div>
		</Panel>
	);
}

function Login({ csrf }: { csrf: string }) {
	const { t } = useTranslation();
	const [, navigate] = useLocation();
	const forget = useForgetMe(csrf);
	const [isAsked, setAsked] = useState(false);
	return (
		<Panel id="login" title={t('privacy.login.title')} summary={t('privacy.login.text')}>
			<div className="ra-privacy__actions">
				<button
					type="button"
					className={`ra-button ${isAsked ? 'is-danger' : ''}`}
					disabled={forget.isPending}
					onClick={() => {
						if (!isAsked) setAsked(true);
						else
							forget.mutate(undefined, {
								onSuccess: () => {
									navigate('/');
									location.reload();
								},
							});
					}}
				>
					{t(isAsked ? 'privacy.login.really' : 'privacy.login.delete')}
				</button>
			</div>
			{forget.error && <ProblemNotice error={forget.error} />}
		</Panel>
	);
}

export function Privacy() {
	const { t } = useTranslation();
	const me = useMe();
	const csrf = me.data?.csrf_token ?? '';
	const mine = useMyGuilds();
	const wish = useWish(csrf);
	const [erasing, setErasing] = useState<MyGuild[] | null>(null);
	const guilds = mine.data?.guilds ?? [];

	const ask = (about: MyGuild[], what: Wish) => {
		if (what === 'erase') setErasing(about);
		else wish.mutate({ guildIds: about.map((guild) => guild.id), wish: what });
	};
	return (
		<MemberPage title={t('privacy.title')}>
			<header className="ra-page-head">
				<h1>{t('privacy.title')}</h1>
				<p>{t('privacy.lead')}</p>
			</header>
			<div className="ra-privacy">
				<ul className="ra-privacy__facts">
					<li>{t('privacy.facts.text')}</li>
					<li>{t('privacy.facts.out')}</li>
					<li>{t('privacy.facts.erase')}</li>
				</ul>
				{mine.isPending && <Skeleton height={120} lines={4} />}
				{mine.error && (
					<ProblemNotice error={mine.error} onRetry={() => void mine.refetch()} />
				)}
				{wish.error && <ProblemNotice error={wish.error} />}
				{mine.data && guilds.length === 0 && (
					<p className="ra-notice">{t('privacy.nothing')}</p>
				)}
				{guilds.map((guild) => (
					<GuildData
						key={guild.id}
						guild={guild}
						isPending={wish.isPending}
						onWish={(what) => ask([guild], what)}
					/>
				))}
				{guilds.length > 1 && (
					<Everywhere guilds={guilds} onWish={(what) => ask(guilds, what)} />
				)}
				<SessionsPanel csrf={csrf} />
				<Login csrf={csrf} />
			</div>
			{erasing && (
				<EraseDialog
					guilds={erasing}
					isPending={wish.isPending}
					onClose={() => setErasing(null)}
					onErase={(what) => {
						const guildIds = erasing.map((guild) => guild.id);
						wish.mutate({ guildIds, wish: what });
						setErasing(null);
					}}
				/>
			)}
		</MemberPage>
	);
}
