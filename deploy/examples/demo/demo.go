// Package demo holds the policy of the synthetic bank, so that the program can
// play the demo without any file beside it.
package demo

import _ "embed" // for Policy

// Policy is the text of policy.yaml: base currency CNY, time zone Asia/Shanghai.
//
//go:embed policy.yaml
var Policy []byte
