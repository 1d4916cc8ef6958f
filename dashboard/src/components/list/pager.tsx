import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '@/i18n/use-formats';
import { PAGE_ROWS } from './use-list-state';

interface PagerProps {
	page: number;
	total: number;
	rows?: number;
	onPage: (page: number) => void;
}

export function Pager({ page, total, rows = PAGE_ROWS, onPage }: PagerProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const pages = Math.max(1, Math.ceil(total / rows));
	if (total <= rows && page === 1) return null;
	const first = (page - 1) * rows + 1;
	const turn = (to: number, label: string, Icon: typeof ChevronLeft) => (
		<button
			type="button"
			className="ra-icon-button is-boxed"
			aria-label={label}
			title={label}
			disabled={to < 1 || to > pages}
			onClick={() => onPage(to)}
		>
			<Icon size={16} aria-hidden="true" />
		</button>
	);
	return (
		<nav className="ra-pager" aria-label={t('lists.pages')}>
			<span>
				{t('lists.shown', {
					first: formats.count(Math.min(first, total)),
					last: formats.count(Math.min(first + rows - 1, total)),
					total: formats.count(total),
				})}
			</span>
			{turn(Math.min(page - 1, pages), t('lists.back'), ChevronLeft)}
			{turn(page + 1, t('lists.next'), ChevronRight)}
		</nav>
	);
}
