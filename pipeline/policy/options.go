package policy

// Options is what a deployment fixes and a policy may not contradict.
type Options struct {
	// BaseCurrency is the ISO 4217 code that amounts of a policy are in. Required.
	BaseCurrency string
	// TimeZone is compared with the policy's time_zone if both are given.
	TimeZone string
	// FXLagDays and NAVLagDays are how long after its day a rate may still come;
	// they only make warnings.
	FXLagDays, NAVLagDays int32
	// Previous is the plan in force, nil if there is none. Tiers that are gone must
	// then have a successor, and the version must have risen.
	Previous *Plan
}

// maxText is the largest policy file in bytes: it travels in one log record.
const maxText = 512 << 10

// MinorDigits gives the digits after the point of an ISO 4217 currency, false if
// code is no currency code.
func MinorDigits(code string) (int, bool) {
	if len(code) != 3 {
		return 0, false
	}
	for _, r := range code {
		if r < 'A' || r > 'Z' {
			return 0, false
		}
	}
	switch code {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF",
		"UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0, true
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3, true
	case "CLF", "UYW":
		return 4, true
	}
	return 2, true
}
