// Package ops serves what operators look at: /metrics, /healthz and /readyz.
package ops
