"""What is left in a text for a person to fill in, as regular expressions, by language. Collected by hand.

Words decide: a bracket with other words in it is a stage direction, an editor's note, a citation or code.
"""

from __future__ import annotations

import re

_FILL = (
    r"your|insert|enter|add|fill in|specify|provide|choose|select|his/her|the recipient'?s"
    r"|inserte|inserta|introduzca|escriba|añada|votre|vos|insérez|insérer|indiquez|ajoutez|saisissez|précisez"
    r"|hier|eintragen|einfügen|inserisci|inserire|aggiungi|specifica|insira|inserir|adicione|digite"
    r"|jouw|uw|vul|voeg|twoj[ea]|twój|wpisz|wstaw|podaj|ваш[аеи]?|вставьте|укажите|введите|ditt|ange|infoga"
)
_THEIR = (
    r"tu|su|mi|mon|ma|ton|ta|ihre?n?|deine?n?|meine?n?|(?:il |la )?(?:tuo|tua|suo|sua|mio|mia)|seu|meu|minha|mijn|din"
)
_NOUN = (
    r"name|names|surname|company|organi[sz]ation|date|address|e-?mail|phone|telephone|signature|position|job title"
    r"|city|country|state|street|zip(?: code)?|url|link|website|amount|price|number|time|location|venue|department"
    r"|school|university|hospital|product|product name|company name|full name|first name|last name|order number"
    r"|phone number|e-?mail address|contact information|contact details|tracking number|start date|end date|deadline"
    r"|recipient(?:'s)?(?: name)?|sender(?:'s)?(?: name)?|customer(?:'s)? name|client(?:'s)? name|manager(?:'s)? name"
    r"|employee(?:'s)? name|friend(?:'s)? name|candidate(?:'s)? name|hiring manager(?:'s)?(?: name)?"
    r"|nombre(?: (?:de|del) [^\]]{2,20})?|apellidos?|empresa|fecha|dirección|teléfono|ciudad|firma|cargo|puesto"
    r"|nom(?: de [^\]]{2,20})?|prénom|entreprise|société|adresse|ville|signature|téléphone|poste"
    r"|vorname|nachname|firma|datum|adresse|ort|telefonnummer|unterschrift|firmenname|unternehmen|stadt"
    r"|nome(?: (?:do|da|del|della|dell') [^\]]{2,20})?|cognome|azienda|data|indirizzo|città|telefono"
    r"|sobrenome|endereço|telefone|cidade|assinatura|naam|achternaam|bedrijf|bedrijfsnaam|adres|plaats|handtekening"
    r"|imię|nazwisko|firma|data|adres|miasto|telefon|podpis|nazwa firmy|имя|фамилия|компания|дата|адрес|город|телефон"
    r"|подпись|название компании|namn|efternamn|företag|adress|ort|telefonnummer"
)
_TO_BE = r"tbd|tba|todo|to be (?:determined|confirmed|announced|added|filled in)"
_EAST = (
    r"(?:您|你|我|お|ご|会社|あなた|公司|客户|客戶|收件人|寄件人|担当者|상대방|귀하|회사|고객)?(?:的|の|의 ?)?"
    r"(?:名前|氏名|姓名|名字|名称|名稱|公司名称|会社名|企業名|住所|地址|日期|日付|电话|電話|電話番号|电话号码|邮箱|職位|职位|部署名|役職"
    r"|이름|성명|회사명|날짜|주소|전화번호|연락처|직책)"
)

_NO_LINK = r"(?![\[(=]|: ?(?:\w+:|[/#<]))"
BRACKET = re.compile(
    rf"(?<![\w\])\\])[\[【［](?:(?:{_FILL})\b[^\[\]\n:()]{{1,48}}|(?:{_THEIR}) (?:{_NOUN})"
    rf"|{_TO_BE}|{_EAST}|{_EAST}[^\]】］\n]{{0,6}})[\]】］]{_NO_LINK}",
    re.IGNORECASE,
)
"""`[Your Name]`, `[insert the date here]`, `【会社名】`; not a link, an index, a definition."""
NOUN = re.compile(rf"(?<![\w\])\\])\[((?:{_NOUN})(?: ?[/,] ?(?:{_NOUN}))*(?: here)?)\]{_NO_LINK}", re.IGNORECASE)
"""`[Company]`: only where it is capitalised, as what stands for a name is."""
ANGLE = re.compile(
    r"(?<![\w\"'=:/`(])<(?:(?:your|insert|enter) [^<>\n]{2,40}"
    r"|(?:tu|su|votre|ihr|ihre|dein|deine|seu|uw) [a-zà-ü]{3,20}|(?:YOUR|INSERT|ENTER)_[A-Z_]{2,40})>(?!\s*</)",
    re.IGNORECASE,
)
ROUND = re.compile(r"[({<](?:please )?insert [^(){}<>\n]{2,40}? here[)}>]", re.IGNORECASE)
BRACES = re.compile(
    r"(?<![\w\\$}^{])\{\{ ?(?:(?:first|last|full|user|customer|client|company|recipient|sender|product|order)[_ .]?)?"
    r"(?:name|email|date|company|city|address|phone|number|title|amount|id) ?\}\}(?!\})",
    re.IGNORECASE,
)
CROSSES = re.compile(
    r"(?<![\w-])X{3,}(?:[-./ ]X{2,})+(?![\w-])|(?<![\w\d])[$€£]X{2,}(?:\.XX)?\b|\bx{3,}@x{3,}\.\w+"
    r"|\b(?:M[rs]|Mrs|Dr|Dear|Herrn?|Frau|Señora?|Madame|Monsieur|Sig)\.? X{3,}\b|[:#№] ?X{4,}(?![\w-])"
    r"|(?<![A-Za-z])[Xx]{1,3}(?:年[Xx]{1,2}月|月[Xx]{1,2}日)|(?<![A-Za-z])[Xx×]{2,3}(?:公司|先生|女士|小姐|大学|株式会社|様|さん)"
    r"|[○〇]{2,}(?:様|さん|株式会社|会社|大学|部長|市|県|町)|某某(?:公司|先生|女士|大学)"
)
LOREM = re.compile(r"lorem ipsum dolor", re.IGNORECASE)
TODO = re.compile(r"(?:^|\n)\W{0,3}TODO: |[(\[]TODO\b")

ASKED_FOR = re.compile(
    r"templat|place-?holder|\bform\b|\bforms\b|fill[- ]?(?:in|out)|\bblank|boilerplate|mail[- ]?merge|variable|snippet"
    r"|skeleton|lorem|anonymi[sz]|redact|pseudonym|\bmask|bracket|brace|replac|substitut|syntax|markdown|wiki|regex"
    r"|jinja|handlebars|mustache|django|\bvue\b|angular|ansible|helm|terraform|liquid|latex|to-?do|mad ?libs?|format"
    r"|vorlage|platzhalter|formular|lücken|klammer|ersetz|muster|schwärz|plantilla|formulario|marcador|corchete|modelo"
    r"|modèle|gabarit|formulaire|crochet|rempla|reempla|hueco|modello|modulo|segnaposto|parentesi|sostitu|espaço"
    r"|sjabloon|formulier|vervang|szablon|formularz|nawias|zastąp|шаблон|бланк|форм[уыа]|замен|скобк|mall\b|blankett"
    r"|テンプレ|雛形|ひな形|ひな型|書式|フォーム|空欄|穴埋め|置き換|模板|模版|表格|表单|填空|占位|替换|格式|范本|템플릿|양식|서식|빈칸",
    re.IGNORECASE,
)
"""Prompts that ask for what is to be filled in, or are about such signs."""
A_FORMAT = re.compile(r"format|pattern|form\b|muster|patr[óo]n|schema|mask|形式|格式|формат|형식", re.IGNORECASE)
