package demo

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

func TestPolicyCompiles(t *testing.T) {
	plan, warnings, err := policy.Check("policy.yaml", Policy, policy.Options{BaseCurrency: "CNY", TimeZone: "Asia/Shanghai", NAVLagDays: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		t.Errorf("warning: %v", w)
	}
	type rung struct {
		name, zh string
		from     int64
		down     uint8
	}
	for scheme, want := range map[string][]rung{
		"card":  {{"mass", "普通", 0, 0}, {"gold", "金卡", 5_000_000, 3}, {"platinum", "白金", 50_000_000, 3}, {"diamond", "钻石", 200_000_000, 3}, {"private", "私人银行", 600_000_000, 6}},
		"class": {{"c", "C类", 0, 0}, {"b", "B类", 4_000, 3}, {"a", "A类", 7_500, 3}},
	} {
		found := false
		for _, s := range plan.Schemes {
			if s.Name != scheme {
				continue
			}
			found = true
			if len(s.Tiers) != len(want) {
				t.Fatalf("%s has %d tiers, want %d", scheme, len(s.Tiers), len(want))
			}
			for i, tier := range s.Tiers {
				got := rung{name: tier.Name, zh: tier.Zh, down: tier.DownAfter}
				if i > 0 {
					got.from = tier.Cond.Terms[0].From
				}
				if got != want[i] {
					t.Errorf("%s: %+v, want %+v", scheme, got, want[i])
				}
			}
		}
		if !found {
			t.Errorf("no scheme %s", scheme)
		}
	}
}
