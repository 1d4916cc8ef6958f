import { BookOpenCheck, HardDrive, Repeat1 } from 'lucide-react';
import { useTranslation } from 'react-i18next';

const PROMISES = [
	{ key: 'once', Icon: Repeat1 },
	{ key: 'explained', Icon: BookOpenCheck },
	{ key: 'yours', Icon: HardDrive },
] as const;

export function Promises() {
	const { t } = useTranslation();
	return (
		<ul className="ra-promises">
			{PROMISES.map(({ key, Icon }) => (
				<li key={key}>
					<Icon size={20} aria-hidden="true" />
					<h2>{t(`landing.${key}.title`)}</h2>
					<p>{t(`landing.${key}.text`)}</p>
				</li>
			))}
		</ul>
	);
}
