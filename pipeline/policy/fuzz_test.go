package policy_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// FuzzCompile demands that any text gives either a plan or problems, the same
// each time, and never a panic.
func FuzzCompile(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "testdata/*/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		opt := policy.Options{BaseCurrency: "CNY", NAVLagDays: 1}
		plan, warnings, err := policy.Check("p.yaml", text, opt)
		again, warningsAgain, errAgain := policy.Check("p.yaml", text, opt)
		if d := cmp.Diff(plan, again) + cmp.Diff(warnings, warningsAgain); d != "" {
			t.Fatalf("two runs differ:\n%s", d)
		}
		if err == nil {
			checkInvariants(t, plan)
			return
		}
		var ps policy.Problems
		if !errors.As(err, &ps) || len(ps) == 0 || errAgain == nil || err.Error() != errAgain.Error() {
			t.Fatalf("error is no list of problems, or changes: %v / %v", err, errAgain)
		}
	})
}

// checkInvariants holds what the fold relies on.
func checkInvariants(t *testing.T, p *policy.Plan) {
	t.Helper()
	metric := func(i int) {
		if i < 0 || i >= len(p.Metrics) {
			t.Fatalf("metric index %d of %d", i, len(p.Metrics))
		}
	}
	for _, m := range p.Metrics {
		if m.Kind == 0 || m.Kind == policy.ADB && m.Over == 0 {
			t.Fatalf("metric %s is incomplete: %+v", m.Name, m)
		}
		if m.Kind <= policy.Distinct && (m.WindowDays > 0) == (m.WindowHours > 0) {
			t.Fatalf("metric %s has no or two windows", m.Name)
		}
		metric(m.Num)
		metric(m.Den)
	}
	for _, d := range p.Dimensions {
		metric(d.Metric)
		if len(d.Curve.X) < 2 || len(d.Curve.X) != len(d.Curve.Y) {
			t.Fatalf("curve of %s: %+v", d.Name, d.Curve)
		}
	}
	for _, s := range p.Scores {
		sum := int32(0)
		for _, part := range s.Parts {
			sum += part.WeightBP
		}
		if sum != 10000 {
			t.Fatalf("weights of %s add to %d", s.Name, sum)
		}
	}
	for _, s := range p.Schemes {
		if s.Keep < 1 || s.Keep > 64 || s.Assess == 0 || s.Upgrade == 0 || s.Entry == 0 || len(s.Tiers) == 0 {
			t.Fatalf("scheme %s is incomplete: %+v", s.Name, s)
		}
		for i, tier := range s.Tiers {
			if (i == 0) != (len(tier.Cond.Terms) == 0) || (i == 0) != (tier.DownAfter == 0) || (i == 0) != (tier.Lands == 0) {
				t.Fatalf("tier %s of %s: %+v", tier.Name, s.Name, tier)
			}
		}
	}
}
