package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/deploy/examples/demo"
)

const (
	timeZone = "Asia/Shanghai"
	currency = "CNY"
)

type node = map[string]any

// configure writes the configuration of all processes. Some of it the seed chooses.
func (t *trial) configure() (string, error) {
	r := rand.New(rand.NewPCG(t.seed, 3)) //nolint:gosec // reproducible on purpose
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	age, interval, tick := one("1s", "5s", "60s"), one("100ms", "300ms", "1s"), one("10m", "30m", "2h")
	every := "500ms"
	if r.IntN(4) > 0 { // as often as commit_gap lets it: then a commit comes as a drain begins
		every = "20ms"
	}
	t.report.Settings = map[string]string{"fold.state_age": age, "warehouse.interval": interval, "conductor.tick": tick, "fold.commit_every": every}
	session := "10s"
	if t.volleys > 0 {
		session = "3s" // between two volleys the others shall notice, and work
	}
	t.report.Settings["kafka.session_timeout"] = session
	t.report.Settings["fold.group_protocol"] = t.protocol
	w := t.engines.clickhouse
	text, err := yaml.Marshal(node{
		"deployment": node{"clock": "demo", "time_zone": timeZone, "base_currency": currency},
		"kafka":      node{"brokers": t.engines.brokers, "partitions": logPartitions, "replication": len(t.engines.brokers), "session_timeout": session},
		"clickhouse": node{"addrs": []string{w.addr}, "database": w.database, "user": w.user, "password": node{"file": w.passwordFile}},
		"ingest":     node{"sources": []node{{"name": sourceName, "topic": sourceTopic}}},
		// Of a clock that runs a day in a second or two, a moment is hours.
		"conductor": node{"tick": tick, "silence": "48h", "catch_up": true, "wait_for": []string{sourceName}},
		"fold":      node{"state_age": age, "commit_every": every, "group_protocol": t.protocol},
		"warehouse": node{"interval": interval},
		"http":      node{"addr": ""},
		"log":       node{"level": "info", "format": "json"},
	})
	if err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	path := filepath.Join(t.dir, "tierwatch.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	return path, nil
}

// prepare makes topics, schema and the source's topic, and publishes the policy.
func (t *trial) prepare(ctx context.Context) error {
	rules := filepath.Join(t.dir, "policy.yaml")
	if err := os.WriteFile(rules, demo.Policy, 0o600); err != nil {
		return fmt.Errorf("write policy: %w", err)
	}
	for _, args := range [][]string{{"topics", "create"}, {"migrate"}, {"policy", "publish", rules}} {
		c := exec.CommandContext(ctx, t.program, append(args, "-c", t.config)...) //nolint:gosec // the program under test
		c.SysProcAttr = crew.Bound()
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("tierwatch %s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(t.engines.brokers...))
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	_, err = kadm.NewClient(client).CreateTopic(ctx, sourcePartitions, int16(min(3, len(t.engines.brokers))), nil, sourceTopic)
	return errors.Join(err, ctx.Err())
}
