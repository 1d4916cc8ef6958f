/*
 * The way from page to page of a guild: a list beside the page, or on a narrow screen one button
 * that opens it. The range one looks at comes along.
 */
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { ChevronDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearchParams } from 'wouter';
import {
	GUILD_PAGE_GROUPS,
	GUILD_PAGES,
	guildHref,
	pageAt,
	pagesOf,
	type GuildPageGroup,
	type Rights,
} from '@/lib/guild-pages';

interface GuildNavProps {
	guildId: string;
	/** of whoever looks; undefined until they are known */
	rights: Rights | undefined;
}

export function GuildNav({ guildId, rights }: GuildNavProps) {
	const { t } = useTranslation();
	const [path] = useLocation();
	const [search] = useSearchParams();
	const [isOpen, setOpen] = useState(false);
	const toggle = useRef<HTMLButtonElement>(null);
	const id = useId();

	const tail = path.slice(`/guilds/${guildId}`.length).replace(/\/$/, '');
	const here = pageAt(tail);
	const HereIcon = GUILD_PAGES.find((line) => line.key === here)?.icon;

	const onKeyDown = (event: KeyboardEvent) => {
		if (event.key !== 'Escape' || !isOpen) return;
		setOpen(false);
		toggle.current?.focus();
	};

	const group = (key: GuildPageGroup) => {
		const lines = pagesOf(key, rights);
		if (!lines.length) return null;
		return (
			<div key={key} className="ra-nav__group" role="group" aria-labelledby={`${id}-${key}`}>
				<span id={`${id}-${key}`}>{t(`page_group.${key}`)}</span>
				<ul>
					{lines.map((line) => (
						<li key={line.key}>
							<Link
								href={guildHref(guildId, line.key, search)}
								aria-current={
									line.key === here && (line.path === tail ? 'page' : 'true')
								}
								onClick={() => setOpen(false)}
							>
								<line.icon size={16} aria-hidden="true" />
								{t(`page.${line.key}`)}
							</Link>
						</li>
					))}
				</ul>
			</div>
		);
	};

	return (
		<nav className="ra-nav" aria-label={t('guild.navigation')} onKeyDown={onKeyDown}>
			<button
				ref={toggle}
				type="button"
				className="ra-button ra-nav__toggle"
				aria-expanded={isOpen}
				aria-controls={id}
				onClick={() => setOpen(!isOpen)}
			>
				{HereIcon && <HereIcon size={16} aria-hidden="true" />}
				<span>{t(`page.${here}`)}</span>
				<ChevronDown size={16} aria-hidden="true" />
			</button>
			<div id={id} className={`ra-nav__list${isOpen ? ' is-open' : ''}`}>
				{GUILD_PAGE_GROUPS.map(group)}
			</div>
		</nav>
	);
}
