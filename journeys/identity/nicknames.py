"""Common English short forms of forenames, folded to one spelling: "Liz", "Beth" and "Betty" are all "elizabeth".

A short form that belongs to several names ("Chris", "Sam", "Alex") folds to one of them for both sexes, so both sides
of a comparison agree; the level of the model that uses folded names is weaker than equality for that reason.
"""

from __future__ import annotations

_SHORT_FORMS = {
    "abigail": "abby abi abbie gail",
    "albert": "bert al bertie",
    "alexander": "alex alec alexandra sandy sandra xander alexandre lex",
    "alfred": "alf alfie fred freddie",
    "amanda": "mandy",
    "andrew": "andy drew andreas andre",
    "anne": "ann anna annie nan nancy hannah anita",
    "anthony": "tony antony ant antonio",
    "archibald": "archie",
    "arthur": "art",
    "barbara": "barb babs",
    "benjamin": "ben benny benji",
    "bernard": "bernie",
    "bradley": "brad",
    "catherine": "cath cathy kath kathy kate katie katherine kathryn catharine kitty kit kay kathleen",
    "charles": "charlie chas chuck karl carl charlotte lottie",
    "christopher": "chris kris kit christine christina tina chrissie topher",
    "clifford": "cliff",
    "cynthia": "cindy",
    "daniel": "dan danny danielle",
    "david": "dave davy dai",
    "deborah": "deb debbie debra",
    "donald": "don donnie",
    "dorothy": "dot dottie dolly",
    "douglas": "doug",
    "edward": "ed eddie eddy ned ted teddy",
    "edwin": "ed",
    "eleanor": "ellie nell nelly elinor ellen helen helena nora elena",
    "elizabeth": "liz lizzie beth betty bess betsy eliza elisabeth lisa libby elsie lisbeth lilibet",
    "emily": "em emmy",
    "ernest": "ernie",
    "eugene": "gene",
    "florence": "flo flossie",
    "frances": "fran francis frank frankie fanny",
    "frederick": "fred freddie freddy fredrick frederic frederica",
    "gabriel": "gabe gabby gabrielle gabriella",
    "geoffrey": "geoff jeff jeffrey jeffery",
    "george": "georgie georgina georgia",
    "gerald": "gerry jerry gerard",
    "gillian": "gill jill jillian",
    "gregory": "greg gregg",
    "harold": "hal harry",
    "henry": "harry hal hank harriet hattie",
    "herbert": "herb bert",
    "isabella": "bella isabel isobel isabelle belle izzy",
    "jacob": "jake",
    "jacqueline": "jackie jacqui",
    "james": "jim jimmy jamie jem",
    "jane": "janet jenny janie jean",
    "janice": "jan",
    "jennifer": "jen jenny jenni jenna",
    "jessica": "jess jessie",
    "john": "jack johnny jon johnnie jonny ian sean",
    "jonathan": "jon jonny jonathon",
    "joseph": "joe joey jo josephine josie",
    "joshua": "josh",
    "judith": "judy judi",
    "kenneth": "ken kenny",
    "lawrence": "larry laurence lol laurie lawrie",
    "leonard": "len lenny leo",
    "leslie": "les lesley",
    "lewis": "louis lou louie",
    "lilian": "lil lily lillian",
    "louise": "lou louisa",
    "lucy": "lucinda lucille",
    "madeleine": "maddie maddy madeline",
    "margaret": "maggie meg peggy marge margie maisie greta madge daisy marjorie",
    "martin": "marty",
    "mary": "molly polly mae maria marie may",
    "matilda": "tilly maud",
    "matthew": "matt matty mathew",
    "maxwell": "max maximilian",
    "michael": "mike mick mickey micky mikey michelle shelley",
    "mohammed": "mohammad muhammad mohamed muhammed mohd mo",
    "nathaniel": "nat nathan nate",
    "nicholas": "nick nicky nic nicola nicole nikki colin",
    "oliver": "ollie olly olivia",
    "pamela": "pam",
    "patrick": "pat paddy patricia pat trish tricia patsy",
    "peter": "pete",
    "philip": "phil phillip pip philippa",
    "rachel": "rach rachael",
    "raymond": "ray",
    "rebecca": "becky becca beck",
    "richard": "rick ricky dick dickie rich richie dickon",
    "robert": "rob bob bobby robbie robin bert bobbie",
    "roderick": "rod roddy",
    "roger": "rodge",
    "ronald": "ron ronnie",
    "rosemary": "rose rosie",
    "samuel": "sam sammy samantha",
    "sarah": "sally sara sadie",
    "simon": "si simone",
    "stanley": "stan",
    "stephen": "steve stevie steven stephan stephanie steph",
    "stuart": "stu stewart",
    "susan": "sue susie suzy suzanne susanna susannah",
    "terence": "terry terrance theresa teresa tess",
    "theodore": "theo",
    "thomas": "tom tommy thos",
    "timothy": "tim timmy",
    "valerie": "val",
    "veronica": "ronnie",
    "victoria": "vicky vicki vick tori victor vic",
    "vincent": "vince vinnie",
    "walter": "walt wally wat",
    "wilfred": "wilf",
    "william": "bill billy will willy willie liam wm",
    "winifred": "win winnie freda",
    "zachary": "zach zac zack",
}


def _folded() -> dict[str, str]:
    """Short form -> name; the first name that claims a short form keeps it, and names of the table stay themselves."""
    folded = {name: name for name in _SHORT_FORMS}
    for name, short_forms in _SHORT_FORMS.items():
        for short in short_forms.split():
            folded.setdefault(short, name)
    return folded


_FOLDED = _folded()


def fold_nickname(forename: str) -> str:
    """The full form of a normalised forename where it is a known short form, else the forename itself."""
    return _FOLDED.get(forename, forename)
