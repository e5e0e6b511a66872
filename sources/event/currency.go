package event

// iso4217 lists the active codes (and those of the last thirty years that old
// data holds), three letters and the number of minor units each. Codes without
// minor units (gold, testing) are left out: they are units, not currencies.
const iso4217 = "AED2AFN2ALL2AMD2ANG2AOA2ARS2AUD2AWG2AZN2BAM2BBD2BDT2BGN2BHD3BIF0BMD2BND2BOB2BOV2BRL2BSD2BTN2BWP2BYN2BZD2" +
	"CAD2CDF2CHE2CHF2CHW2CLF4CLP0CNY2COP2COU2CRC2CUC2CUP2CVE2CZK2DJF0DKK2DOP2DZD2EGP2ERN2ETB2EUR2FJD2FKP2" +
	"GBP2GEL2GHS2GIP2GMD2GNF0GTQ2GYD2HKD2HNL2HTG2HUF2IDR2ILS2INR2IQD3IRR2ISK0JMD2JOD3JPY0KES2KGS2KHR2KMF0KPW2KRW0KWD3KYD2KZT2" +
	"LAK2LBP2LKR2LRD2LSL2LYD3MAD2MDL2MGA2MKD2MMK2MNT2MOP2MRU2MUR2MVR2MWK2MXN2MXV2MYR2MZN2NAD2NGN2NIO2NOK2NPR2NZD2OMR3" +
	"PAB2PEN2PGK2PHP2PKR2PLN2PYG0QAR2RON2RSD2RUB2RWF0SAR2SBD2SCR2SDG2SEK2SGD2SHP2SLE2SOS2SRD2SSP2STN2SVC2SYP2SZL2" +
	"THB2TJS2TMT2TND3TOP2TRY2TTD2TWD2TZS2UAH2UGX0USD2USN2UYI0UYU2UYW4UZS2VED2VES2VND0VUV0WST2XAF0XCD2XCG2XOF0XPF0YER2ZAR2ZMW2ZWG2" +
	"ATS2BEF0BYR0CYP2DEM2EEK2ESP0FIM2FRF2GRD0HRK2IEP2ITL0LTL2LUF0LVL2MRO2MTL2NLG2PTE0ROL2SIT2SKK2SLL2STD2TRL0VEF2YUM2ZMK2ZWL2"

// minorUnits has 1 + the minor units of a code at its place, 0 for none.
var minorUnits = func() (t [26 * 26 * 26]uint8) {
	for i := 0; i < len(iso4217); i += 4 {
		t[place(iso4217[i:i+3])] = iso4217[i+3] - '0' + 1
	}
	return t
}()

func place(code string) int {
	return (int(code[0]-'A')*26+int(code[1]-'A'))*26 + int(code[2]-'A')
}

// MinorUnits is the number of decimals of an ISO 4217 currency (JPY 0, CNY 2,
// KWD 3); ok is false for any other text.
func MinorUnits(code string) (digits int32, ok bool) {
	if !threeCapitals(code) {
		return 0, false
	}
	n := minorUnits[place(code)]
	return int32(n) - 1, n != 0
}

// Currencies are the codes that MinorUnits knows.
func Currencies() []string {
	var list []string
	for i := 0; i < len(iso4217); i += 4 {
		list = append(list, iso4217[i:i+3])
	}
	return list
}

func threeCapitals(s string) bool {
	return len(s) == 3 && s[0]-'A' < 26 && s[1]-'A' < 26 && s[2]-'A' < 26
}

// UnitDecimals is how many decimals the smallest unit of a balance has: those of
// the currency, else FundDecimals.
func UnitDecimals(unit string) int32 {
	if n, ok := MinorUnits(unit); ok {
		return n
	}
	return FundDecimals
}

// FundDecimals is the scale of units that are no currency: a fund's balance of
// 12.5 units is 125000.
const FundDecimals = 4
