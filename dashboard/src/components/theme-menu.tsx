import { Monitor, Moon, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { THEMES, useTheme } from '@/lib/theme';
import { Menu, MenuItem } from './menu';

const ICONS = { auto: Monitor, light: Sun, dark: Moon };

export function ThemeMenu() {
	const { t } = useTranslation();
	const [theme, choose] = useTheme();
	const Current = ICONS[theme];
	return (
		<Menu
			className="ra-icon-button"
			label={t('theme.title')}
			trigger={<Current size={18} aria-hidden="true" />}
		>
			{THEMES.map((option) => {
				const Icon = ICONS[option];
				return (
					<MenuItem
						key={option}
						icon={<Icon size={16} aria-hidden="true" />}
						isChosen={option === theme}
						onPick={() => choose(option)}
					>
						{t(`theme.${option}`)}
					</MenuItem>
				);
			})}
		</Menu>
	);
}
