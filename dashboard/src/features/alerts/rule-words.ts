/* What a rule says, and how it stands, in words. */
import type { TFunction } from 'i18next';
import type { AlertRule } from '@/api/types';
import type { Formats } from '@/lib/format';
import { amountOf, isState } from './amount';

export function ruleWords(rule: AlertRule, t: TFunction, formats: Formats): string {
	const figure = t(`alerts.figure.${rule.figure}`);
	if (rule.condition === 'unusual') return t('alerts.rules.unusual', { figure });
	const threshold = amountOf(rule.threshold ?? 0, rule.figure, formats);
	if (isState(rule.figure))
		return t(`alerts.rules.state_${rule.condition}`, { figure, threshold });
	const window = t(`alerts.window.${rule.window_hours as 1 | 6 | 24 | 168}`);
	return t(`alerts.rules.${rule.condition}`, { figure, threshold, window });
}

export function lastWords(rule: AlertRule, t: TFunction, formats: Formats): string {
	if (rule.value === null) return t('alerts.rules.waiting');
	const value = amountOf(rule.value, rule.figure, formats);
	if (rule.expected === null) return t('alerts.rules.value_only', { value });
	const expected = amountOf(rule.expected, rule.figure, formats);
	return t(`alerts.rules.value${rule.condition === 'unusual' ? '_usual' : ''}`, {
		value,
		expected,
	});
}
