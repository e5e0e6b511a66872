package main

import "testing"

// Each way in which a dashboard shows a customer otherwise than the oracle says is told,
// once; what the oracle does not judge is not.
func TestStandings(t *testing.T) {
	const d = outDay
	gold := standing{
		customer: "C", scheme: "card", is: "ACTIVE", tier: "mass", next: "gold", misses: 1, watch: true, since: "2025-02-07",
		aum: 500, sum: 9_000, inForce: true, money: true,
	}
	other := func(change func(*standing)) []standing {
		s := gold
		s.inForce, s.money = false, false // a row judges nothing
		change(&s)
		return []standing{s}
	}
	for _, c := range []struct {
		name    string
		want    standing
		rows    []standing
		told, n int
	}{
		{"the same", gold, other(func(*standing) {}), 0, 1},
		{"no row", gold, nil, 1, 1},
		{"a row of another scheme", gold, other(func(s *standing) { s.scheme = "class" }), 1, 1},
		{"two rows", gold, append(other(func(*standing) {}), other(func(*standing) {})...), 1, 1},
		{"another tier in force", gold, other(func(s *standing) { s.tier = "gold" }), 1, 1},
		{"another tier from the day after", gold, other(func(s *standing) { s.next = "mass" }), 1, 1},
		{"other misses", gold, other(func(s *standing) { s.misses++ }), 1, 1},
		{"no watch", gold, other(func(s *standing) { s.watch = false }), 1, 1},
		{"since another day", gold, other(func(s *standing) { s.since = "2025-02-06" }), 1, 1},
		{"other assets", gold, other(func(s *standing) { s.aum++ }), 1, 1},
		{"another sum", gold, other(func(s *standing) { s.sum += 2 }), 1, 1},
		{"a sum rounded twice", gold, other(func(s *standing) { s.sum-- }), 0, 1},
		{"has left", gold, other(func(s *standing) { s.is = "LEFT" }), 1, 1},
		{"has left, with a tier", standing{customer: "C", scheme: "card", is: "LEFT"}, other(func(s *standing) { s.is = "LEFT" }), 1, 1},
		{"has not left", standing{customer: "C", scheme: "card", is: "LEFT"}, other(func(*standing) {}), 1, 1},
		{"new, without a row", standing{customer: "C", scheme: "card", is: "NEW"}, nil, 0, 0},
		{"new, with a tier", standing{customer: "C", scheme: "card", is: "NEW"}, other(func(*standing) {}), 1, 1},
		{"what is not judged", standing{customer: "C", scheme: "card", is: "ACTIVE", next: "gold", misses: 1, watch: true, since: "2025-02-07"}, other(func(s *standing) {
			s.tier, s.aum, s.sum = "?", 7, 7
		}), 0, 1},
	} {
		var found findings
		s := standings{d, []standing{c.want}}
		if n := s.compare(c.rows, &found); n != c.n || found.n != c.told {
			t.Errorf("%s: %d compared, want %d; %d differences, want %d: %q", c.name, n, c.n, found.n, c.told, found.first)
		}
	}
}

// What counts are the standings of the last day that any partition has closed.
func TestStandingsOfTheLastDay(t *testing.T) {
	var s standings
	for _, closed := range []int32{11, 12, 12, 10} {
		s.add(&opinion{closed: closed, stands: []standing{{customer: "C"}}})
	}
	if s.day != 12 || len(s.list) != 2 {
		t.Errorf("day %d, %d standings, want those of 12", s.day, len(s.list))
	}
}
