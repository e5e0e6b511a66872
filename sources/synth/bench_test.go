package synth

import "testing"

// BenchmarkDay reports bookings and other records per second of one core,
// generation and rendering together.
func BenchmarkDay(b *testing.B) {
	p := Defaults()
	bank := New(p)
	records := 0
	day := p.Start
	b.ReportAllocs()
	for b.Loop() {
		if err := bank.Day(day, func(Item) error { records++; return nil }); err != nil {
			b.Fatal(err)
		}
		day++
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkAppendJSON renders bookings as the live phase does.
func BenchmarkAppendJSON(b *testing.B) {
	p := Defaults()
	p.Customers = 2_000
	bank := New(p)
	var dst []byte
	n, size, day := 0, 0, p.Start
	for b.Loop() {
		err := bank.Day(day, func(it Item) error {
			if it.Record != nil {
				dst = AppendJSON(dst[:0], it.Record)
				n, size = n+1, size+len(dst)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		day++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(size)/float64(n), "B/record")
}
