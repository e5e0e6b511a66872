package main

import (
	"testing"
	"time"
)

// TestWhatLooksCostIsNotClickHouses: they are told apart, and a process that began anew
// has used what it has in its present life.
func TestWhatLooksCostIsNotClickHouses(t *testing.T) {
	s := sampler{cpu: map[string]time.Duration{clickhouseEngine: 10, lookColumn: 2, ingestMember: 50}}
	got := s.used(map[string]time.Duration{clickhouseEngine: 30, lookColumn: 7, ingestMember: 5})
	for name, want := range map[string]time.Duration{clickhouseEngine: 15, lookColumn: 5, ingestMember: 5} {
		if got[name] != want {
			t.Errorf("%s has used %d, want %d", name, got[name], want)
		}
	}
}
