/* Title, period, comparison, what can be done with the page, and the help with the keys. */
import { useState, type ReactNode } from 'react';
import { Keyboard } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useGuilds } from '@/api/use-guilds';
import { sortGuilds } from '@/features/guilds/sort-guilds';
import { useHotkeys } from '@/lib/hotkeys';
import { COMPARE_HOTKEY, COMPARES, PERIODS } from '@/lib/view';
import { useView } from '@/lib/use-view';
import { CompareMenu } from './compare-menu';
import { CustomRangeDialog } from './custom-range-dialog';
import { PeriodMenu } from './period-menu';
import { RangeLine } from './range-line';
import { ShortcutsDialog } from './shortcuts-dialog';
import './toolbar.scss';

type Open = 'custom' | 'shortcuts' | null;

interface ToolbarProps {
	guild: Guild;
	title: string;
	hasCompare: boolean;
	/** whether it can be compared with another guild */
	hasOthers: boolean;
	tools: ReactNode;
}

/* Other guilds whose figures one may see, those without the bot left out. */
function useOthers(guildId: string, isWanted: boolean) {
	const { data } = useGuilds();
	if (!isWanted) return [];
	return sortGuilds(data ?? []).watched.filter(
		(other) => other.id !== guildId && other.can_see_figures,
	);
}

export function Toolbar({ guild, title, hasCompare, hasOthers, tools }: ToolbarProps) {
	const { t } = useTranslation();
	const [view, setView] = useView();
	const [open, setOpen] = useState<Open>(null);
	const others = useOthers(guild.id, hasOthers);
	const close = () => setOpen(null);

	const pickPeriod = (period: (typeof PERIODS)[number]['period']) => {
		if (period === 'custom') setOpen('custom');
		else setView({ period, from: '', to: '' });
	};

	useHotkeys((key) => {
		const found = PERIODS.find((item) => item.hotkey === key);
		if (found) pickPeriod(found.period);
		else if (key === COMPARE_HOTKEY && hasCompare)
			setView({
				with: '',
				compare:
					COMPARES[(COMPARES.indexOf(view.compare) + 1) % COMPARES.length] ?? 'previous',
			});
		else if (key === 'escape' && view.with) setView({ with: '' });
		else if (key === '?') setOpen('shortcuts');
		else return false;
		return true;
	});

	return (
		<div className="ra-toolbar">
			<div className="ra-toolbar__title">
				<h1>{title}</h1>
				<RangeLine guild={guild} hasCompare={hasCompare} />
			</div>
			<div className="ra-toolbar__menus">
				<PeriodMenu view={view} onPick={pickPeriod} zone={guild.timezone} />
				{hasCompare && (
					<CompareMenu
						compare={view.compare}
						onPick={(compare) => setView({ compare, with: '' })}
						others={others}
						other={hasOthers ? view.with : ''}
						onPickOther={(id) => setView({ with: id })}
					/>
				)}
			</div>
			<div className="ra-toolbar__tools">
				{tools}
				<button
					type="button"
					className="ra-icon-button is-boxed ra-shortcuts-button"
					aria-label={t('shortcuts.title')}
					title={`${t('shortcuts.title')} (?)`}
					onClick={() => setOpen('shortcuts')}
				>
					<Keyboard size={16} aria-hidden="true" />
				</button>
			</div>
			{open === 'custom' && (
				<CustomRangeDialog
					view={view}
					guild={guild}
					onClose={close}
					onApply={(from, to) => {
						setView({ period: 'custom', from, to });
						close();
					}}
				/>
			)}
			{open === 'shortcuts' && <ShortcutsDialog hasOthers={hasOthers} onClose={close} />}
		</div>
	);
}
