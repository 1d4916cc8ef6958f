/* Name of the guild, period, comparison, and the small doors: settings and shortcuts. */
import { useState } from 'react';
import { Keyboard, Settings2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { SettingsDialog } from '@/features/settings/settings-dialog';
import { useHotkeys } from '@/lib/hotkeys';
import { COMPARE_HOTKEY, COMPARES, PERIODS } from '@/lib/view';
import { useView } from '../use-view';
import { CompareMenu } from './compare-menu';
import { CustomRangeDialog } from './custom-range-dialog';
import { FiguresExport } from './figures-export';
import { PeriodMenu } from './period-menu';
import { RangeLine } from './range-line';
import { ShortcutsDialog } from './shortcuts-dialog';

type Open = 'custom' | 'settings' | 'shortcuts' | null;

export function Toolbar({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [view, setView] = useView();
	const [open, setOpen] = useState<Open>(null);
	const close = () => setOpen(null);

	const pickPeriod = (period: (typeof PERIODS)[number]['period']) => {
		if (period === 'custom') setOpen('custom');
		else setView({ period, from: '', to: '' });
	};

	useHotkeys((key) => {
		const found = PERIODS.find((item) => item.hotkey === key);
		if (found) pickPeriod(found.period);
		else if (key === COMPARE_HOTKEY)
			setView({
				compare:
					COMPARES[(COMPARES.indexOf(view.compare) + 1) % COMPARES.length] ?? 'previous',
			});
		else if (key === '?') setOpen('shortcuts');
		else return false;
		return true;
	});

	return (
		<div className="ra-toolbar">
			<div className="ra-toolbar__title">
				<h1>{guild.name}</h1>
				<RangeLine guild={guild} />
			</div>
			<div className="ra-toolbar__menus">
				<PeriodMenu view={view} onPick={pickPeriod} zone={guild.timezone} />
				<CompareMenu compare={view.compare} onPick={(compare) => setView({ compare })} />
			</div>
			<div className="ra-toolbar__tools">
				<FiguresExport guild={guild} />
				{guild.can_manage && (
					<button
						type="button"
						className="ra-icon-button is-boxed"
						aria-label={t('settings.title')}
						title={t('settings.title')}
						onClick={() => setOpen('settings')}
					>
						<Settings2 size={16} aria-hidden="true" />
					</button>
				)}
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
			{open === 'settings' && <SettingsDialog guild={guild} onClose={close} />}
			{open === 'shortcuts' && <ShortcutsDialog onClose={close} />}
		</div>
	);
}
