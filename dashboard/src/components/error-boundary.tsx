/* Catches what breaks while drawing, so that one broken part does not blank the page. */
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { ProblemNotice } from './problem-notice';

interface ErrorBoundaryProps {
	children: ReactNode;
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, { error: Error | null }> {
	override state: { error: Error | null } = { error: null };

	static getDerivedStateFromError(error: Error) {
		return { error };
	}

	override componentDidCatch(error: Error, info: ErrorInfo) {
		console.error(error, info.componentStack);
	}

	override render() {
		if (!this.state.error) return this.props.children;
		return (
			<ProblemNotice
				error={this.state.error}
				onRetry={() => this.setState({ error: null })}
			/>
		);
	}
}
