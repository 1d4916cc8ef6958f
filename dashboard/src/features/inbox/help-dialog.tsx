import { useTranslation } from 'react-i18next';
import { Dialog } from '@/components/dialog';

const KEYS = ['j', 'k', 'c', 'r', 'n', 's', 'o', 'x', 'z', '?'] as const;

export function HelpDialog({ onClose }: { onClose: () => void }) {
	const { t } = useTranslation();
	return (
		<Dialog title={t('inbox.keys.title')} onClose={onClose}>
			<dl className="ra-inbox__keys">
				{KEYS.map((key) => (
					<div key={key}>
						<dt>
							<kbd>{key.toUpperCase()}</kbd>
						</dt>
						<dd>{t(`inbox.keys.${key === '?' ? 'help' : key}`)}</dd>
					</div>
				))}
			</dl>
		</Dialog>
	);
}
