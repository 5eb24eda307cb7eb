"""A register extract of one good row in the official format."""

HEADER = (
    "denominazione|nat.giuridica|codice fiscale |pv|comune|data iscrizione alla sezione delle startup|"
    "data iscrizione al Registro Imprese|data inizio dell'esercizio effettivo dell'attivita|ateco 2007|settore|"
    "attivita|sito internet|regione|sezione attivita|classe addetti|classe val.prod.|alto valore tecnologico|"
    "vocazione sociale|classe cap.sociale|spese in ricerca e sviluppo |forza lavoro con titoli |possesso di brevetti |"
    "data dichiarazione|prevalenza femminile |prevalenza giovanile |prevalenza straniera "
)
ROW = (
    "ALFA S.R.L.|SR|01234567890|MI|MILANO|01/02/2024|01/02/2024|01/02/2024|621000|SERVIZI|||LOMBARDIA|J|A|A|NO||3|SI|||"
    "01/03/2025|NO|NO|NO"
)
