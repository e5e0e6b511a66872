package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
)

// The directory that an interrupt at its first partition leaves nothing of is covered
// in cmd/internal/snapshot; here is the way of an operator, with real engines.
func TestSnapshotCutVerifyExplain(t *testing.T) {
	b, want := newBank(t)
	b.run(0, "load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv")
	whole := b.verify()
	questions := [][]string{
		{"explain", "C000", "--json"},
		{"explain", "C001", "--json"},
		{"explain", "C002", "--json", "--at", "2025-03-10"},
		{"explain", "C003", "--json", "--at", "2025-04-05"},
	}
	ask := func(more ...string) (told []string) {
		t.Helper()
		for _, q := range questions {
			out, _ := b.run(0, append(append(q, "--data-dir", "data"), more...)...)
			told = append(told, out)
		}
		return told
	}
	before := ask()

	out, _ := b.run(0, "snapshot", "--out", "s", "--day", "2025-02-10", "--data-dir", "data")
	if !strings.Contains(out, "behind the CLOSE of 2025-02-10") {
		t.Errorf("snapshot: %s", out)
	}
	if out, _ = b.run(0, "snapshot", "check", "s"); !strings.HasSuffix(out, "whole\n") {
		t.Errorf("check: %s", out)
	}
	if err := os.CopyFS(filepath.Join(b.dir, "torn"), os.DirFS(filepath.Join(b.dir, "s"))); err != nil {
		t.Fatal(err)
	}
	trial.Write(t, filepath.Join(b.dir, "torn"), snapshot.ManifestName, "{")
	if _, errOut := b.run(3, "snapshot", "check", "torn"); !strings.Contains(errOut, "damaged") {
		t.Errorf("check of a torn manifest: %s", errOut)
	}
	if _, errOut := b.run(2, "snapshot", "--out", "s", "--data-dir", "data"); !strings.Contains(errOut, "never changed") {
		t.Errorf("a second one: %s", errOut)
	}
	if out, _ = b.run(0, "snapshot", "cut", "--from", "s", "--data-dir", "data"); !strings.Contains(out, "would be deleted; nothing is without --yes") {
		t.Errorf("cut without --yes: %s", out)
	}
	b.verify()
	if out, _ = b.run(0, "snapshot", "cut", "--from", "s", "--data-dir", "data", "--yes"); !strings.Contains(out, "records deleted; keep s") {
		t.Errorf("cut: %s", out)
	}
	if _, errOut := b.run(2, "verify", "--data-dir", "data"); !strings.Contains(errOut, "the beginning of the log was cut; name with --from a snapshot") {
		t.Errorf("verify of a cut log: %s", errOut)
	}
	if _, errOut := b.run(2, "explain", "C000", "--data-dir", "data"); !strings.Contains(errOut, "the beginning of the log was cut; name with --from a snapshot") {
		t.Errorf("explain of a cut log: %s", errOut)
	}
	if _, errOut := b.run(2, "state", "rebuild", "--partition", "0", "--data-dir", "data"); !strings.Contains(errOut, "--from") {
		t.Errorf("rebuild from a cut log: %s", errOut)
	}
	for i, told := range ask("--from", "s") {
		if told != before[i] {
			t.Errorf("%v from the snapshot:\n%s\nof the whole log:\n%s", questions[i], told, before[i])
		}
	}
	r := b.verify("--from", "s")
	if r.From == nil || r.From.Day != "2025-02-10" || r.Records >= whole.Records || r.Transactions == 0 || r.Outputs["snapshots"] == 0 ||
		r.Rows["customer_tiers"] == 0 || r.Rows["customer_tiers"] > historyCustomers {
		t.Errorf("verify from the snapshot: %+v", r)
	}
	// What comes later is folded onto the cut log, from its state, and from a rebuilt one.
	b.run(0, "dlq", "redrive", "--cause", "unknown_currency", "--quiet", "--data-dir", "data", "--mapping", "fixed.yaml")
	if later := b.verify("--from", "s"); later.Transactions != r.Transactions+want.unknownCurrency {
		t.Errorf("%d transactions behind the snapshot, want %d more than %d", later.Transactions, want.unknownCurrency, r.Transactions)
	}
	b.run(0, "state", "rebuild", "--partition", "0", "--from", "s", "--data-dir", "data")
	s, err := snapshot.Open(filepath.Join(b.dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	behind := int64(0)
	for _, p := range s.Partitions {
		behind = max(behind, p.Next)
	}
	b.planted(behind, "--from", "s")
	b.refusesDamage()
}

// refusesDamage: what starts at a damaged snapshot names its file and the remedy.
func (b *ledgerBank) refusesDamage() {
	b.t.Helper()
	path := filepath.Join(b.dir, "s", "partition-0000.state")
	file, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	file[len(file)/2] ^= 1
	if err := os.WriteFile(path, file, 0o600); err != nil {
		b.t.Fatal(err)
	}
	for code, args := range map[int][]string{
		1: {"verify", "--from", "s", "--data-dir", "data"},
		3: {"snapshot", "cut", "--from", "s", "--data-dir", "data", "--yes"},
	} {
		_, errOut := b.run(code, args...)
		if !strings.Contains(errOut, filepath.Join("s", "partition-0000.state")) || !strings.Contains(errOut, "copy it again") {
			b.t.Errorf("%v: %s", args, errOut)
		}
	}
}
