/**
 * The offline model's jokes: setups, each with its own twists. `{}` is the subject, which may be one
 * thing or many, a name, an activity or any text: no verb agrees with it, and no sentence begins with it.
 */

export interface JokeTemplate {
  readonly setup: string;
  readonly twists: readonly string[];
}

/** Twists of every template; the deck counts on it. */
export const TWISTS_PER_TEMPLATE = 6;

export const jokeTemplates: readonly JokeTemplate[] = [
  {
    setup: "My doctor told me to cut down on {}.",
    twists: [
      "I asked for a second opinion, and she said that I look tired as well.",
      "So now I keep it to days that end in a y.",
      "I have switched to a new doctor, who is worse than I am.",
      "I said I could stop at any time, and she wrote that down under symptoms.",
      "We compromised, and I cut down on doctors.",
      "At her prices I can no longer afford either.",
    ],
  },
  {
    setup: "I bought a book called “Everything You Need to Know About {}”.",
    twists: [
      "It has two pages, and one of them is the index.",
      "The second edition is called “Sorry”.",
      "I have not opened it yet, but I am already arguing with strangers.",
      "The last chapter is one page long and just says good luck.",
      "Chapter one is called “Are You Sure?”",
      "According to the cover, the author now keeps bees.",
    ],
  },
  {
    setup: "I searched the web for advice about {}.",
    twists: [
      "Somebody had asked the same in 2009 and replied to himself, “Never mind, fixed it.”",
      "Two hours later I owned a kayak.",
      "It asked me to prove that I am human, and by then I had doubts.",
      "It said, “Did you mean: happiness?”",
      "Now every advertisement I see knows about it, and so does my mother.",
      "The top answer had forty thousand votes and was about cooking rice.",
    ],
  },
  {
    setup: "There are two kinds of people when it comes to {}:",
    twists: [
      "those who admit that they know nothing, and those who have a podcast.",
      "those who read the instructions, and those who have met the fire brigade.",
      "those who bring it up, and those who were about to leave anyway.",
      "those who think it over, and those who are already in the car.",
      "the ones who warned me, and the ones who filmed it.",
      "experts, and people who have to live with experts.",
    ],
  },
  {
    setup: "I gave a talk about {} last week.",
    twists: [
      "Half of the audience was moved; the other half moved by itself.",
      "It was standing room only, because somebody had borrowed the chairs.",
      "The applause was wonderful; it began when I said “finally”.",
      "Nobody had a question, apart from the caretaker, who asked when I would be done.",
      "A man in the front row took notes all evening, and then handed me the parking fine.",
      "I opened with a joke, which was later named the low point of a strong field.",
    ],
  },
  {
    setup: "My neighbour says he is an expert on {}.",
    twists: [
      "He also says his ladder is safe, so we will know more on Tuesday.",
      "His wife says he is an expert on the sofa.",
      "He explained it to me for an hour, and now neither of us understands it.",
      "I asked for proof, and he showed me the T-shirt.",
      "He has a certificate, signed by himself and witnessed by his dog.",
      "I believe him: nobody else would spend a bank holiday like that.",
    ],
  },
  {
    setup: "How many people does it take to explain {}?",
    twists: [
      "Nobody knows; they are still arguing about the first slide.",
      "Five: one to explain, and four to say that it is more complicated than that.",
      "One, and he will find you at every party.",
      "None, if you nod early enough.",
      "Two, and a third to take the whiteboard pen away from them.",
      "Only one, but bring snacks.",
    ],
  },
  {
    setup: "My therapist says that I bring everything back to {}.",
    twists: [
      "I told her that this is just what {} would want her to think.",
      "We have agreed to disagree, at ninety an hour.",
      "She started it, with that poster in the waiting room.",
      "I have been seeing her for three years, and now she does it too.",
      "I asked how that made her feel, and she had to lie down.",
      "On the bright side, nobody mentions my mother any more.",
    ],
  },
  {
    setup: "Last year I gave up {} for a month.",
    twists: [
      "It was the longest afternoon of my life.",
      "I saved a fortune, and spent all of it the month after.",
      "My friends were so supportive that I think they had been planning it.",
      "I took up jogging instead, so now I have two regrets.",
      "I lasted until lunch, which my app counted as a personal best.",
      "My flatmate says I talked about it in my sleep, with footnotes.",
    ],
  },
  {
    setup: "There is a support group for people who cannot stop thinking about {}.",
    twists: [
      "Nobody has got past the introductions.",
      "The biscuits are excellent, which is now a second problem.",
      "It meets on Mondays, because by then it hardly matters.",
      "It was meant to have twelve steps, but we keep sitting down.",
      "The chairman has resigned to spend more time on it.",
      "I only go to feel slightly better than Keith.",
    ],
  },
  {
    setup: "My phone now tracks how much time I spend on {}.",
    twists: [
      "This week it sent flowers.",
      "The weekly report comes with a helpline number.",
      "It rounds down, out of pity.",
      "On Thursday I beat my record, and I have not looked it in the camera since.",
      "Yesterday it asked whether everything was all right at home.",
      "I turned the notifications off, so it rang my mother.",
    ],
  },
  {
    setup: "On our first date she asked me what I think about {}.",
    twists: [
      "On the next one, which was with somebody else, I kept it shorter.",
      "I said I had a few slides, and she laughed until she saw the projector.",
      "That was four hours ago, and she has now asked for the bill in three languages.",
      "I took a deep breath, and when I was done, the restaurant had closed.",
      "I panicked and proposed.",
      "It turns out that she was only being polite.",
    ],
  },
  {
    setup: "My boss wants {} among my goals for the year.",
    twists: [
      "I have put it right after “find a new boss”.",
      "Apparently “survive it” is not measurable.",
      "I ticked it off at once, and nobody has dared to ask.",
      "I asked how we would measure success, and he opened a spreadsheet and wept.",
      "In the review he called my progress “brave”.",
      "I am at eighty per cent, and nobody knows of what.",
    ],
  },
  {
    setup: "The museum in our town has opened a room about {}.",
    twists: [
      "The gift shop is bigger, and far more convincing.",
      "Visitors are asked not to touch anything, above all the subject.",
      "The guide sighs before he opens the door.",
      "Admission is free; they charge you to get out.",
      "There is a bench in the middle, and it has the best reviews.",
      "The audio guide just says, “Well, here we are.”",
    ],
  },
  {
    setup: "My grandmother never trusted {}.",
    twists: [
      "She had no reason, but it was a very firm no reason.",
      "She never trusted the moon either, and so far she is ahead on points.",
      "She said it would end in tears, and then she fetched the onions.",
      "Mind you, she counted her spoons after church.",
      "She left me her house on the condition that I keep it up.",
      "We learned it at the reading of the will, which had a chapter on it.",
    ],
  },
  {
    setup: "Scientists have spent ten years studying {}.",
    twists: [
      "They found that it takes about ten years.",
      "The paper ends with the words “we would rather not say”.",
      "Nobody reads the footnotes, so that is where they put the apology.",
      "The control group had a lovely time.",
      "They now need another ten, and a quieter office.",
      "The mice have asked to be left out of it.",
    ],
  },
  {
    setup: "I wrote a song about {}.",
    twists: [
      "It lasts six minutes, and so did the apology.",
      "The neighbours have joined in, mostly on the wall.",
      "The chorus is just me asking for more time.",
      "Critics called it three chords and a cry for help.",
      "It came fourth in a contest with three entries.",
      "My mother says it is her favourite, and she asked me to stop there.",
    ],
  },
  {
    setup: "They say that love is like {}:",
    twists: [
      "nobody reads the manual, and everybody blames the weather.",
      "you find out how it works when the warranty has run out.",
      "it looks much easier when other people do it.",
      "expensive, hard to explain to your parents, and over by Monday.",
      "you think you have it under control, and then a letter comes from the council.",
      "everyone has advice, and nobody has the receipt.",
    ],
  },
  {
    setup: "I asked a computer for a joke about {}.",
    twists: [
      "It asked me to go first.",
      "It said that it needed more data and a holiday.",
      "It said the joke was in the cloud, and that it looked like rain.",
      "It thought for nine seconds and sent me an invoice.",
      "It apologised, in bullet points.",
      "You are looking at the result, so please be kind.",
    ],
  },
  {
    setup: "A man walks into a bar and starts to talk about {}.",
    twists: [
      "“We close at eleven,” says the barman, at four in the afternoon.",
      "The bar walks out.",
      "An hour later only the parrot still listens, and the parrot is paid for it.",
      "For once it is everybody else who says ouch.",
      "“The usual, then,” says the barman, and puts his earplugs in.",
      "The piano player turns to something longer.",
    ],
  },
  {
    setup: "Our town council spent the whole evening on {}.",
    twists: [
      "In the end they voted to have a biscuit.",
      "The vote was four in favour, three against, and one asleep.",
      "There is now a committee to find out who brought it up.",
      "The one point that all agreed on was the car park.",
      "The minutes say “lively”, and so does the carpet.",
      "The plan is to wait until it is the next council's problem.",
    ],
  },
  {
    setup: "My horoscope warned me about {} this morning.",
    twists: [
      "It could have done so before breakfast.",
      "It also promised a tall stranger, who turned out to be the bailiff.",
      "I am a Capricorn, so I did not believe it, and here we are.",
      "My lucky number is that of a good solicitor.",
      "I looked up tomorrow as well; it just says “told you”.",
      "Oddly enough, so did the weather forecast.",
    ],
  },
  {
    setup: "If I had a pound for every time that somebody mentioned {},",
    twists: [
      "I would move to where nobody does.",
      "I would still check the coins.",
      "I would have seven pounds and a great many questions.",
      "I would bring it up more often myself.",
      "the tax office would like a word.",
      "I could finally afford to stop listening.",
    ],
  },
  {
    setup: "I have started a podcast about {}.",
    twists: [
      "It has three listeners, and one of them is the microphone.",
      "Episode two is an apology for episode one.",
      "The sponsor sells mattresses, as people kept falling asleep.",
      "It is forty minutes of me saying “it depends”.",
      "It is recommended to people who have searched for silence.",
      "My mother gave it five stars and asked me to come home.",
    ],
  },
  {
    setup: "I have tried to teach my parrot about {}.",
    twists: [
      "So far it has learned to sigh.",
      "It already says the important part, which is “why?”",
      "It has asked to be set free, in full sentences.",
      "Now there are two of us that nobody wants to sit next to.",
      "It no longer says hello; it says “it's complicated”.",
      "It understood at once, and charged me for the hour.",
    ],
  },
];
