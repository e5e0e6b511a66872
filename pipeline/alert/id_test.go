package alert

import "testing"

// The values are fixed for ever: alert ids of stored alerts depend on them.
func TestIdentityIsFixed(t *testing.T) {
	tests := []struct {
		customer uint64
		scheme   string
		code     Code
		opened   int32
		ordinal  uint8
		want     string
	}{
		{0, "", MissProjected, 0, 0, "1799eef878d835fd"},
		{0x0123456789abcdef, "card", DowngradeProjected, 20260, 0, "16252cc070643360"},
		{0x0123456789abcdef, "card", DowngradeProjected, 20260, 1, "0aee932616d418e2"},
		{0x0123456789abcdef, "wealth", DowngradeProjected, 20260, 0, "2b894d0b59147aca"},
		{0xffffffffffffffff, "", ActivitySilence, -1, 255, "9f82ff23a5d22466"},
	}
	for _, x := range tests {
		if got := FormatID(identity(x.customer, x.scheme, x.code, x.opened, x.ordinal)); got != x.want {
			t.Errorf("identity(%#x, %q, %s, %d, %d) = %q, want %q", x.customer, x.scheme, x.code, x.opened, x.ordinal, got, x.want)
		}
	}
}

// Codes are part of ids and of stored cases.
func TestCodesAreFixed(t *testing.T) {
	want := map[Code]string{
		1: "MISS_PROJECTED", 2: "WATCH_ENTERED", 3: "GRACE_LAST_MONTH", 4: "VALUE_DOWNGRADE_PROJECTED", 5: "TIER_DOWNGRADED",
		6: "TIER_UPGRADED", 7: "TIER_RESTORED", 8: "TIER_CORRECTED", 9: "NEAR_UPGRADE", 10: "LARGE_OUTFLOW", 11: "ACTIVITY_SILENCE",
	}
	for c, name := range want {
		if c.String() != name {
			t.Errorf("code %d is %q, want %q", c, c, name)
		}
	}
	if s := Code(12).String(); s != "" {
		t.Errorf("code 12 is %q, want none", s)
	}
}
