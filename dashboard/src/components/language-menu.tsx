import { Languages } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, LANGUAGE_NAMES, LANGUAGES } from '@/i18n';
import { Menu, MenuItem } from './menu';

export function LanguageMenu() {
	const { t, i18n } = useTranslation();
	return (
		<Menu
			className="ra-icon-button"
			label={t('language.title')}
			trigger={<Languages size={18} aria-hidden="true" />}
		>
			{LANGUAGES.map((language) => (
				<MenuItem
					key={language}
					isChosen={language === i18n.language}
					onPick={() => void chooseLanguage(language)}
				>
					<span lang={language}>{LANGUAGE_NAMES[language]}</span>
				</MenuItem>
			))}
		</Menu>
	);
}
